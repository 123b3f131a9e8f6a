"""The way of a clerk's file through the screens."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from feedback.complaints.models import Complaint, LedgerImport, LedgerSource
from feedback.complaints.tasks import ledger_import_run
from tests.feedback.complaints.test_ledger_imports import HEADER, ROW, _storage, csv  # noqa: F401

pytestmark = pytest.mark.django_db
LIST = "/staff/complaint-ledgers/"


@pytest.fixture
def desk(client, reviewer):
    client.force_login(reviewer)
    return client


def upload(client, neighbourhood, content=None, **fields):
    file = SimpleUploadedFile("台账.csv", content if content is not None else csv(ROW).read())
    given = {"name": "平城区12345", "channel": "12345", "place": neighbourhood.county.pk}
    return client.post(LIST, {**given, "file": file, **fields})


def columns(job):
    return {
        "source_number": "工单编号",
        "community": "所属小区",
        "category": "问题分类",
        "text": "诉求内容",
        "filed_at": "来电时间",
        "resolved_at": "办结时间",
    }


def confirm(desk, job):
    page = desk.get(reverse("complaints_ledgers:detail", args=[job.pk])).content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', page)[1]
    return desk.post(reverse("complaints_ledgers:confirm", args=[job.pk]), {"seen": seen})


def test_a_check_that_does_not_hold_any_more_is_made_again(desk, neighbourhood):
    upload(desk, neighbourhood)
    job = LedgerImport.objects.get()
    desk.post(reverse("complaints_ledgers:columns", args=[job.pk]), columns(job))
    ledger_import_run(import_id=job.pk)
    LedgerSource.objects.update(words={"category": {"屋面漏雨": "C12"}})
    detail = reverse("complaints_ledgers:detail", args=[job.pk])
    page = desk.get(detail).content.decode()
    assert 'name="seen"' not in page
    assert "重新检查" in page
    desk.post(reverse("complaints_ledgers:words", args=[job.pk]))
    ledger_import_run(import_id=job.pk)
    assert desk.post(reverse("complaints_ledgers:confirm", args=[job.pk])).status_code == 302
    job.refresh_from_db()
    assert job.state == "CHECKED"
    confirm(desk, job)
    job.refresh_from_db()
    assert job.state == "QUEUED"


def test_a_file_goes_from_upload_to_the_list_of_complaints(desk, neighbourhood):
    response = upload(desk, neighbourhood)
    job = LedgerImport.objects.get()
    assert response.url == reverse("complaints_ledgers:columns", args=[job.pk])
    page = desk.get(response.url).content.decode()
    assert '<option value="来电时间" selected>' in page
    response = desk.post(response.url, columns(job))
    assert response.url == reverse("complaints_ledgers:detail", args=[job.pk])
    assert desk.get(response.url)["Refresh"] == "3"
    ledger_import_run(import_id=job.pk)
    page = desk.get(response.url).content.decode()
    assert "DT1" in page
    confirm(desk, job)
    ledger_import_run(import_id=job.pk)
    assert Complaint.objects.get().source_number == "DT1"
    again = desk.post(reverse("complaints_ledgers:confirm", args=[job.pk]), follow=True)
    assert again.status_code == 200
    assert Complaint.objects.count() == 1


def test_a_file_that_only_goes_on_with_known_rows_is_confirmed(desk, neighbourhood):
    row = "DT1,和平里小区,屋面漏雨,漏雨,2020-03-02 09:00,{}\n"
    header = "工单编号,所属小区,问题分类,诉求内容,来电时间,办结时间\n"
    for solved, button in (("", True), ("2020-03-05", True), ("2020-03-05", 0)):
        content = (header + row.format(solved)).encode()
        source = LedgerSource.objects.first()
        given = {"source": source.pk, "name": ""} if source else {}
        assert upload(desk, neighbourhood, content, **given).status_code == 302
        job = LedgerImport.objects.latest("pk")
        desk.post(reverse("complaints_ledgers:columns", args=[job.pk]), columns(job))
        ledger_import_run(import_id=job.pk)
        address = reverse("complaints_ledgers:confirm", args=[job.pk])
        page = desk.get(reverse("complaints_ledgers:detail", args=[job.pk])).content.decode()
        assert (address in page) is bool(button)
        if button:
            confirm(desk, job)
        ledger_import_run(import_id=job.pk)
    assert Complaint.objects.get().resolved_at is not None


def word(desk, job):
    """The name of the one field of the words that nobody has given a meaning."""
    page = desk.get(reverse("complaints_ledgers:detail", args=[job.pk])).content.decode()
    return re.search(r'name="(category-\w+)"', page)[1]


def test_a_word_chosen_and_not_kept_yet_is_kept_before_rows_are_taken_in(desk, neighbourhood):
    upload(
        desk,
        neighbourhood,
        csv(ROW, ROW.replace("DT1", "DT2").replace("屋面漏雨", "房屋渗漏")).read(),
    )
    job = LedgerImport.objects.get()
    desk.post(reverse("complaints_ledgers:columns", args=[job.pk]), columns(job))
    ledger_import_run(import_id=job.pk)
    detail = reverse("complaints_ledgers:detail", args=[job.pk])
    address = reverse("complaints_ledgers:confirm", args=[job.pk])
    page = desk.get(detail).content.decode()
    assert f'form="ledger-words" formaction="{address}"' in page
    seen = re.search(r'name="seen" value="(\w+)"', page)[1]
    given = {"seen": seen, word(desk, job): "C10"}
    page = desk.post(address, given, follow=True).content.decode()
    assert "您的选择已保存" in page
    assert LedgerSource.objects.get().words == {"category": {"房屋渗漏": "C10"}}
    ledger_import_run(import_id=job.pk)
    assert not Complaint.objects.exists()
    # A page that stayed open says nothing of other words, and takes nothing in unseen.
    desk.post(address, given)
    job.refresh_from_db()
    assert (job.state, job.rows_added) == ("CHECKED", 2)
    confirm(desk, job)
    ledger_import_run(import_id=job.pk)
    assert Complaint.objects.count() == 2


def test_unknown_words_are_asked_for_and_kept(desk, neighbourhood):
    upload(desk, neighbourhood, csv(ROW.replace("屋面漏雨", "房屋渗漏")).read())
    job = LedgerImport.objects.get()
    desk.post(reverse("complaints_ledgers:columns", args=[job.pk]), columns(job))
    ledger_import_run(import_id=job.pk)
    detail = reverse("complaints_ledgers:detail", args=[job.pk])
    assert "房屋渗漏 (1)" in desk.get(detail).content.decode()
    problems = desk.get(reverse("complaints_ledgers:problems", args=[job.pk]))
    assert "DT1" in b"".join(problems).decode()
    desk.post(reverse("complaints_ledgers:words", args=[job.pk]), {word(desk, job): "C10"})
    assert LedgerSource.objects.get().words == {"category": {"房屋渗漏": "C10"}}
    ledger_import_run(import_id=job.pk)
    job.refresh_from_db()
    assert job.rows_added == 1


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        (b"", {}),
        (b"PK\x03\x04no", {}),
        (None, {"name": ""}),
        (None, {"channel": ""}),
        (None, {"place": "0"}),
    ],
)
def test_what_is_wrong_is_said_at_the_form(desk, neighbourhood, content, fields):
    response = upload(desk, neighbourhood, content, **fields)
    assert response.status_code == 422
    assert response.context["form"].errors
    assert not LedgerImport.objects.exists()


def test_a_missing_column_is_said_at_its_field(desk, neighbourhood):
    upload(desk, neighbourhood)
    job = LedgerImport.objects.get()
    given = {**columns(job), "filed_at": ""}
    response = desk.post(reverse("complaints_ledgers:columns", args=[job.pk]), given)
    assert response.status_code == 422
    assert "filed_at" in response.context["form"].errors


def test_files_of_others_do_not_exist_and_readers_have_no_screen(
    client, desk, neighbourhood, outsider, evaluator
):
    upload(desk, neighbourhood)
    detail = reverse("complaints_ledgers:detail", args=[LedgerImport.objects.get().pk])
    client.force_login(outsider)
    assert client.get(detail).status_code == 404
    client.force_login(evaluator)
    assert client.get(LIST).status_code == 403
