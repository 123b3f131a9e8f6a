"""Staff screens, mounted under /staff/figures/."""

from django.urls import path

from feedback.indicators.views import (
    dashboards,
    exports,
    filings,
    reports,
    scores,
    sheets,
    staff,
    targets,
    watch,
)

app_name = "figures"
urlpatterns = [
    path("", staff.overview, name="overview"),
    path("dashboard/", dashboards.dashboard, name="dashboard"),
    path("stated/", staff.stated_figures, name="stated"),
    path("export/", targets.export, name="export"),
    path("exports/", exports.export_list, name="exports"),
    path("exports/new/", exports.export_new, name="export_new"),
    path("exports/compare/", exports.export_compare, name="export_compare"),
    path("exports/<int:pk>/", exports.export_detail, name="export_detail"),
    path("exports/<int:pk>/cancel/", exports.export_cancel, name="export_cancel"),
    path("exports/<int:pk>/file/", exports.export_file, name="export_file"),
    path("evidence/", exports.evidence_index, name="evidence"),
    path("measurements/<int:pk>/", staff.measurement, name="measurement"),
    path("score/", scores.score, name="score"),
    path("score/what-if/", scores.what_if, name="what_if"),
    path("score/reasons/", filings.deviations, name="deviations"),
    path("score/form/", filings.form, name="form"),
    path("score/report/", reports.report, name="report"),
    path("score/report/template/", reports.report_template, name="report_template"),
    path("score/report/template/file/", reports.report_template_file, name="report_template_file"),
    path("score/<str:indicator>/", scores.assess, name="assess"),
    path("alerts/", watch.alerts, name="alerts"),
    path("runs/", watch.runs, name="runs"),
    path("runs/<int:pk>/retry/", watch.run_retry, name="run_retry"),
    path("targets/", targets.proposals, name="proposals"),
    path("targets/form/", sheets.sheet, name="sheet"),
    path("targets/form.xlsx", sheets.sheet_file, name="sheet_file"),
    path("targets/import/", sheets.sheet_import, name="sheet_import"),
    path("targets/submit/", sheets.sheet_pass_on, name="sheet_pass_on"),
    path("targets/publish/", sheets.sheet_publish, name="sheet_publish"),
    path("targets/new/", targets.target_new, name="target_new"),
    path("targets/<int:pk>/", targets.proposal, name="proposal"),
]
