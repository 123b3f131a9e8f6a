"""The evaluation report: what it finds, what each sentence stands on, whose template it uses."""

import shutil
import subprocess
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.html import escape
from django.utils.translation import gettext, override
from docx import Document

from feedback.indicators import tasks, word
from feedback.indicators.cards import filing_of
from feedback.indicators.findings import findings, strengths
from feedback.indicators.models import Export, Measurement, ReportTemplate
from feedback.indicators.services import export_run, report_template_keep
from feedback.indicators.word import Report, TemplateProblem, report_write
from tests.feedback.indicators.conftest import NOW, all_answered, asked_for, card_of, made_paper

pytestmark = pytest.mark.django_db

stands_on = all_answered
ADDRESS = "/staff/figures/score/report/"


def words_of(content):
    """Everything a reader sees, tables included."""
    document = Document(BytesIO(content))
    texts = [paragraph.text for paragraph in document.paragraphs]
    texts += [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join(texts)


def template_of(*lines):
    document = Document()
    for line in lines:
        document.add_paragraph(line)
    output = BytesIO()
    document.save(output)
    return output.getvalue()


def report_of(scope, **fields):
    return Report(
        filing=filing_of(scope, 2021, card_of(scope)),
        written_on=date(2022, 2, 28),
        communities=4,
        households=1220,
        **fields,
    )


def filled(report, template=None):
    output = BytesIO()
    report_write(report, template, output)
    return output.getvalue()


def test_every_missed_target_is_a_problem_with_its_evidence(scored, neighbourhood):
    filing = filing_of(neighbourhood.city, 2021, card_of(neighbourhood.city))
    found = findings(filing.card, filing.evidence)
    named = {code for one in found for code in one.codes}
    lost = {
        line.part.definition.code
        for line in filing.card.lines
        if line.points is not None and line.points < line.weight
    }
    assert named == lost
    assert {"I06", "I09", "I29"} <= named
    by_title = {one.title: one for one in found}
    money = by_title["资金执行与管理不到位"]
    sentence = next(one for one in money.sentences if one.text.startswith("I09"))
    row = Measurement.objects.latest_revisions().get(
        place=neighbourhood.city, indicator="I09", variant="main", period_end=date(2021, 12, 31)
    )
    assert sentence.text == "I09 预算执行率为87.18%，未达到目标值≥95.00%，得5.24分（满分5.71分）。"
    assert sentence.sources == (f"M{row.pk}-{row.inputs_hash[:8]}",)
    assert "按月核对的支付台账" in money.recommendation
    lines = {line.part.definition.code: line for line in filing.card.lines}
    costs = [sum(lines[code].lost for code in one.codes) for one in found]
    assert costs == sorted(costs, reverse=True)


def test_the_parts_that_miss_a_target_are_named(scored, neighbourhood):
    card = card_of(neighbourhood.city)
    parts = [
        (place.name, card_of(place)) for place in (neighbourhood.county, neighbourhood.other_county)
    ]
    texts = {
        one.text.split(" ")[0]: one.text
        for finding in findings(card, {}, parts)
        for one in finding.sentences
    }
    assert "云冈区51.97%" in texts["I06"]
    assert "平城区" not in texts["I06"]


def test_what_reached_its_target_is_told_apart(scored, neighbourhood):
    card = card_of(neighbourhood.city)
    reached = {one.text.split(" ")[0] for one in strengths(card, {})}
    missed = {code for one in findings(card, {}) for code in one.codes}
    assert reached
    assert not reached & missed


def test_the_shipped_template_says_all_of_it(scored, neighbourhood):
    report = report_of(neighbourhood.city)
    text = words_of(filled(report))
    card = report.filing.card
    assert f"综合得分{card.total}分" in text
    assert "演示数据" in text
    assert "1220户" in text
    for line in card.lines:
        assert line.part.definition.name.zh in text
    for one in findings(card, report.filing.evidence):
        assert one.title in text
        assert one.recommendation in text
        for source in one.sources:
            assert source in text
    assert "{{" not in text
    assert "{%" not in text


def test_an_office_template_is_filled(scored, neighbourhood):
    own = template_of(
        "{{ name }}：{{ total }}分", "{% for one in problems %}{{ one.title }}；{% endfor %}"
    )
    report = report_of(neighbourhood.city)
    text = words_of(filled(report, own))
    assert f"大同市：{report.filing.card.total}分" in text
    assert "物业接管不足；" in text


@pytest.mark.parametrize(
    "line",
    [
        "{{ nothing_of_the_kind }}",
        "{% for one in problems %}",
        "{{ ''.__class__.__mro__ }}",
        "{{ problems.__init__.__globals__ }}",
        "{% for a in range(10000000) %}{% endfor %}",
        "{{ 1 / 0 }}",
        "{% include '/etc/passwd' %}",
    ],
)
def test_a_template_that_cannot_be_filled_is_refused(scored, neighbourhood, line):
    with pytest.raises(TemplateProblem):
        filled(report_of(neighbourhood.city), template_of(line))


@pytest.mark.parametrize(
    ("line", "name"), [("{{ communitys }}", "communitys"), ("{{ money.spend }}", "spend")]
)
def test_a_wrong_name_in_a_template_is_named_in_words(scored, neighbourhood, line, name):
    with override("zh-hans"), pytest.raises(TemplateProblem, match=f"没有名为“{name}”的内容"):
        filled(report_of(neighbourhood.city), template_of(line))


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 broken"])
def test_what_is_no_word_file_is_refused(scored, neighbourhood, content):
    with pytest.raises(TemplateProblem):
        filled(report_of(neighbourhood.city), content)


def test_a_file_that_unpacks_to_too_much_is_refused(scored, neighbourhood, monkeypatch):
    monkeypatch.setattr(word, "MAX_UNPACKED", 1000)
    with pytest.raises(TemplateProblem):
        filled(report_of(neighbourhood.city), template_of("{{ name }}"))


def test_the_template_of_the_nearest_place_holds(neighbourhood, evaluator):
    def keep(place, name, content=b"x"):
        report_template_keep(actor=evaluator, place=place, name=name, content=content, now=NOW)

    assert ReportTemplate.objects.holding(neighbourhood.county) is None
    keep(neighbourhood.city, "city.docx")
    assert ReportTemplate.objects.holding(neighbourhood.county).name == "city.docx"
    keep(neighbourhood.county, "county.docx")
    assert ReportTemplate.objects.holding(neighbourhood.county).name == "county.docx"
    assert ReportTemplate.objects.holding(neighbourhood.other_county).name == "city.docx"
    keep(neighbourhood.county, "", b"")
    assert ReportTemplate.objects.holding(neighbourhood.county) is None
    with pytest.raises(TypeError):
        ReportTemplate.objects.first().delete()


@pytest.mark.parametrize("name", ["clerk", "reviewer", "approver", "outsider"])
def test_only_who_judges_scores_keeps_a_template(neighbourhood, request, name):
    user = request.getfixturevalue(name)
    with pytest.raises(PermissionDenied):
        report_template_keep(
            actor=user, place=neighbourhood.county, name="a.docx", content=b"x", now=NOW
        )


@pytest.mark.parametrize(
    ("name", "path", "status"),
    [
        ("evaluator", "?place=1402&year=2021", 302),
        ("evaluator", "?project=PC-01&year=2021", 302),
        ("evaluator", "?place=PC101&year=2021", 302),
        ("evaluator", "?place=nowhere", 404),
        ("reviewer", "?place=140213&year=2021", 302),
        ("reviewer", "?place=140214&year=2021", 404),
        ("clerk", "?place=PC001&year=2021", 403),
        ("outsider", "?place=140213", 404),
        ("reviewer", "template/?place=140213", 200),
        ("reviewer", "template/?place=140214", 404),
        ("clerk", "template/?place=PC001", 403),
        ("clerk", "template/file/?place=PC001", 403),
    ],
)
def test_who_gets_a_report(scored, client, request, name, path, status):
    client.force_login(request.getfixturevalue(name))
    way = client.get if "template" in path else client.post
    assert way(f"{ADDRESS}{path}").status_code == status


def test_the_report_is_a_word_file_named_as_demonstration(scored, client, evaluator):
    client.force_login(evaluator)
    content = made_paper(client, f"{ADDRESS}?place=1402&year=2021")
    job = Export.objects.get()
    assert job.file_name == "report-1402-2021-demonstration.docx"
    assert (job.kind, job.format, job.state) == ("FORM", "docx", "READY")
    assert client.get(f"/staff/figures/exports/{job.pk}/file/")["Content-Type"] == (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    )
    document = Document(BytesIO(content))
    assert len(document.inline_shapes) == 1
    text = words_of(content)
    assert "平城区" in text
    assert "各组指标得分率" in text


def upload(client, content, name="own.docx", place="1402"):
    file = SimpleUploadedFile(name, content)
    return client.post(f"{ADDRESS}template/?place={place}&year=2021", {"file": file})


def test_a_template_is_tried_kept_used_and_taken_back(scored, client, evaluator):
    client.force_login(evaluator)
    response = upload(client, template_of("{{ nonsense }}"))
    assert response.status_code == 200
    assert "nonsense" in response.content.decode()
    assert not ReportTemplate.objects.exists()
    assert "docx" in upload(client, b"x", name="own.pdf").content.decode()
    assert upload(client, template_of("只有{{ total }}分")).status_code == 302
    page = client.get(f"{ADDRESS}template/?place=140213").content.decode()
    assert "own.docx" in page
    report = made_paper(client, f"{ADDRESS}?place=140213&year=2021")
    assert words_of(report).startswith("只有")
    back = b"".join(client.get(f"{ADDRESS}template/file/?place=1402").streaming_content)
    assert "{{ total }}" in words_of(back)
    assert client.post(f"{ADDRESS}template/?place=1402", {"reset": "1"}).status_code == 302
    report = made_paper(client, f"{ADDRESS}?place=140213&year=2021")
    assert "存在的主要问题" in words_of(report)


def test_a_reviewer_reads_the_template_and_changes_none(scored, client, reviewer):
    client.force_login(reviewer)
    assert upload(client, template_of("{{ total }}"), place="140213").status_code == 403
    assert not ReportTemplate.objects.exists()


def test_a_kept_template_that_fails_says_so(scored, client, evaluator, neighbourhood):
    """What could be filled for one place may lack something for another."""
    place = neighbourhood.city
    report_template_keep(
        actor=evaluator,
        place=place,
        name="own.docx",
        content=template_of("{{ parts[90].name }}"),
        now=NOW,
    )
    client.force_login(evaluator)
    pk = asked_for(client, f"{ADDRESS}?place=1402&year=2021")
    export_run(export_id=pk, clock=lambda: NOW)
    job = Export.objects.get(pk=pk)
    assert job.state == "FAILED"
    said = gettext("The template “%(name)s” of %(place)s cannot be filled: %(problem)s")
    head, tail = (said % {"name": "own.docx", "place": place.label, "problem": "|"}).split("|")
    assert job.problem.startswith(head) and "own.docx" in head
    # What is wrong in it is told in the words of the templating.
    assert "object has no element 90" in job.problem.removeprefix(head).removesuffix(tail)
    page = client.get(f"/staff/figures/exports/{pk}/").content.decode()
    address = f"{ADDRESS}template/?place=1402&year=2021"
    assert f'href="{escape(address)}"' in page
    assert client.get(address).context["kept"].name == "own.docx"
    made = Export.objects.get(pk=asked_for(client, "/staff/figures/score/form/?place=1402"))
    Export.objects.filter(pk=made.pk).update(state="FAILED", problem="x")
    assert "template/" not in client.get(f"/staff/figures/exports/{made.pk}/").content.decode()


def test_the_shipped_template_is_nobodys_to_mend(scored, client, evaluator, monkeypatch):
    """Its fault is ours: it is told without a file or an office."""
    client.force_login(evaluator)
    pk = asked_for(client, f"{ADDRESS}?place=1402&year=2021")
    monkeypatch.setattr(word, "SHIPPED", word.SHIPPED.with_name("gone.docx"))
    tasks.export_run(export_id=pk)
    job = Export.objects.get(pk=pk)
    assert (job.state, job.problem) == ("FAILED", "")


@pytest.mark.office
def test_an_office_suite_opens_it(scored, neighbourhood, tmp_path):
    """LibreOffice reads the file and finds the score in it."""
    report = report_of(neighbourhood.city)
    file = tmp_path / "report.docx"
    file.write_bytes(filled(report))
    program = shutil.which("soffice") or shutil.which("libreoffice")
    subprocess.run(
        [
            *(program, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"),
            *("--convert-to", "txt:Text (encoded):UTF8", "--outdir", str(tmp_path), str(file)),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    text = (tmp_path / "report.txt").read_text("utf-8")
    assert f"综合得分{report.filing.card.total}分" in text
    assert "意见建议" in text
    assert report.filing.card.total > Decimal(0)
