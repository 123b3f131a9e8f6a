"""What the package keeps."""

from feedback.indicators.models.alerts import FigureAlert, RecalculationRun
from feedback.indicators.models.exports import Export, ExportDownload
from feedback.indicators.models.figures import RESULTS, Measurement, MeasurementQuerySet
from feedback.indicators.models.reports import ReportTemplate
from feedback.indicators.models.scores import Assessment, DeviationReason
from feedback.indicators.models.targets import (
    Target,
    TargetDecision,
    TargetSheet,
    TargetVersion,
    TargetVersionQuerySet,
)

__all__ = [
    "RESULTS",
    "Assessment",
    "DeviationReason",
    "Export",
    "ExportDownload",
    "FigureAlert",
    "Measurement",
    "MeasurementQuerySet",
    "RecalculationRun",
    "ReportTemplate",
    "Target",
    "TargetDecision",
    "TargetSheet",
    "TargetVersion",
    "TargetVersionQuerySet",
]
