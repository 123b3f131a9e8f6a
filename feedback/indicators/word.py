"""The evaluation report (绩效评价报告) as a Word file, from a template that an office can edit.

What a template may use is in docs/evaluation-report.md. It is filled in a sandbox: it can loop and
choose, and reaches nothing but the texts and pictures given here.
"""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import StrictUndefined, UndefinedError
from jinja2.sandbox import SandboxedEnvironment

from feedback.indicators.charts import Chart
from feedback.indicators.filed import LABEL, Filing
from feedback.indicators.findings import Finding, Sentence, findings, is_missed, strengths
from feedback.indicators.scorecards import Card, Line
from feedback.indicators.scoring import shown
from feedback.indicators.states import Status
from portal.common.charts import chart_png

SHIPPED = Path(__file__).parent / "evaluation-report.docx"
MAX_BYTES = 2_000_000
#: What a template may grow to when it is unpacked.
MAX_UNPACKED = 20_000_000
WIDTH = Mm(150)
#: What the templating says of a name, or a part of one, that it does not know.
_UNKNOWN = re.compile(r"'([^']+)'(?: is undefined)?$")
_WAN = Decimal(10_000)


class TemplateProblem(Exception):
    """A template that cannot be filled; the message says where, for the one who wrote it."""


@dataclass(frozen=True)
class Action:
    """A corrective action (整改措施) that answers a problem, as texts."""

    title: str
    measure: str
    owner: str
    due: str
    state: str


@dataclass(frozen=True)
class Report:
    """All that a report says. Money in 元; `evidence` is measurement → its number."""

    filing: Filing
    written_on: date
    communities: int
    households: int
    parts: Sequence[tuple[str, Card]] = ()
    part_evidence: Mapping[int, str] | None = None
    actions: Sequence[Action] = ()
    charts: Sequence[Chart] = ()


def report_write(report: Report, template: bytes | None, output: IO[bytes]) -> None:
    """Fill `template`, or the shipped one, and write the file. Raises TemplateProblem."""
    if template is None:
        _fill(report, SHIPPED.read_bytes(), output)
        return
    _check_size(template)
    try:
        _fill(report, template, output)
    except UndefinedError as error:
        name = _UNKNOWN.search(str(error))
        text = _("A report has nothing called “%(name)s”.") % {"name": name and name[1]}
        raise TemplateProblem(text if name else str(error)) from error
    except Exception as error:
        # A template is somebody's program: whatever goes wrong in it is theirs to read.
        line = getattr(error, "lineno", None)
        text = str(error) or type(error).__name__
        raise TemplateProblem(f"{text} ({line})" if line else text) from error


def _fill(report: Report, source: bytes, output: IO[bytes]) -> None:
    document = DocxTemplate(io.BytesIO(source))
    document.init_docx()
    context = {**report_context(report), "charts": _pictures(document, report.charts)}
    document.render(context, jinja_env=_environment(), autoescape=True)
    document.save(output)


def report_context(report: Report) -> dict[str, Any]:
    """The names that a template may use."""
    filing, card = report.filing, report.filing.card
    found = findings(card, filing.evidence, report.parts, report.part_evidence)
    return {
        "demonstration": LABEL if settings.DEMONSTRATION else "",
        "name": filing.name,
        "year": filing.year,
        "written_on": _day(report.written_on),
        "communities": report.communities,
        "households": report.households,
        "money": {
            "budget": _wan(filing.budget),
            "received": _wan(filing.received),
            "spent": _wan(filing.spent),
            "rate": _rate(filing),
        },
        "scheme": f"{card.scheme.name.zh} 第{card.scheme.version}版",
        "basis": card.scheme.basis.zh,
        "bands": "、".join(f"{band.name.zh}≥{band.floor}" for band in card.scheme.bands),
        "total": "—" if card.total is None else f"{card.total}",
        "grade": card.grade.name.zh if card.grade else "—",
        "is_provisional": card.is_provisional,
        "levels": [
            {
                "name": one.name.zh,
                "level1": one.level1.zh,
                "points": f"{one.points}",
                "weight": f"{one.weight}",
                "percent": f"{one.percent}",
            }
            for one in card.level2()
            if one.weight
        ],
        "lines": [_line(line, filing) for line in card.grouped()],
        "parts": [
            {
                "name": name,
                "total": "—" if one.total is None else f"{one.total}",
                "grade": one.grade.name.zh if one.grade else "—",
            }
            for name, one in report.parts
        ],
        "strengths": [_sentence(one) for one in strengths(card, filing.evidence)],
        "problems": [_problem(number, one) for number, one in enumerate(found, start=1)],
        "actions": [vars(one) for one in report.actions],
        "spread": [{"name": f"{_name(line)}", "why": line.given.why} for line in card.spread],
        "evidence": _evidence(filing),
    }


def _line(line: Line, filing: Filing) -> dict[str, str]:
    given = line.given
    return {
        "level1": line.part.level1.zh,
        "level2": line.part.level2.zh,
        "name": _name(line),
        "target": "定性" if given.target is None else f"{shown(given.target)}",
        "value": _value(line),
        "weight": "不适用" if line.points is None else f"{line.weight}",
        "points": "—" if line.points is None else f"{shown(line.points)}",
        "deduction": f"{given.deduction}" if given.deduction else "",
        "remark": _remark(line),
        "evidence": filing.evidence.get(given.measurement or 0, ""),
    }


def _remark(line: Line) -> str:
    if line.points is None:
        return line.given.why
    parts = [line.given.remark] if line.given.remark else []
    if line.given.status == Status.INSUFFICIENT:
        parts.append("样本不足，计0分")
    elif is_missed(line) and not parts:
        parts.append("未达到目标值")
    if line.is_overshot:
        parts.append("OV")
    return "；".join(parts)


def _value(line: Line) -> str:
    if line.given.band is not None:
        return f"{line.given.band}%"
    return "—" if line.given.value is None else f"{shown(line.given.value)}"


def _name(line: Line) -> str:
    known = line.part.definition
    return f"{known.code} {known.name.zh}（{known.unit}）"


def _sentence(one: Sentence) -> dict[str, str]:
    return {"text": one.text, "sources": _sources(one.sources)}


def _problem(number: int, one: Finding) -> dict[str, Any]:
    return {
        "number": number,
        "title": one.title,
        "codes": "、".join(one.codes),
        "sentences": [_sentence(sentence) for sentence in one.sentences],
        "recommendation": one.recommendation,
        "sources": _sources(one.sources),
    }


def _sources(found: Sequence[str]) -> str:
    """〔佐证 M12-ab34cd56、…〕; empty where a sentence rests on a judgement alone."""
    return f"〔佐证：{'、'.join(dict.fromkeys(found))}〕" if found else ""


def _evidence(filing: Filing) -> list[dict[str, str]]:
    return [
        {"number": filing.evidence[line.given.measurement], "name": _name(line)}
        for line in filing.card.lines
        if line.given.measurement in filing.evidence
    ]


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _wan(amount: Decimal | None) -> str:
    return "—" if amount is None else f"{amount / _WAN:,.2f}"


def _rate(filing: Filing) -> str:
    if not filing.received or filing.spent is None:
        return "—"
    return f"{shown(100 * filing.spent / filing.received)}%"


def _pictures(document: DocxTemplate, charts: Sequence[Chart]) -> list[dict[str, Any]]:
    return [
        {
            "title": chart.title,
            "summary": chart.summary,
            "picture": InlineImage(document, io.BytesIO(chart_png(chart.svg)), width=WIDTH),
        }
        for chart in charts
        if chart.svg
    ]


def _environment() -> SandboxedEnvironment:
    return SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)


def _check_size(source: bytes) -> None:
    """Before anything is unpacked. Raises TemplateProblem."""
    try:
        with zipfile.ZipFile(io.BytesIO(source)) as archive:
            unpacked = sum(item.file_size for item in archive.infolist())
    except zipfile.BadZipFile as error:
        raise TemplateProblem(_("This is no Word file (DOCX).")) from error
    if unpacked > MAX_UNPACKED:
        raise TemplateProblem(f"{unpacked} bytes")
