"""Ledgers of others, from the file to the rows: mapped once, checked, written, never twice."""

import io
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from openpyxl import Workbook

from feedback.complaints import services
from feedback.complaints.deadlines import LOCAL
from feedback.complaints.ledger_columns import columns_guess, sentence
from feedback.complaints.models import Complaint, LedgerImport, LedgerSource
from feedback.complaints.services import imports
from feedback.complaints.tasks import ledger_imports_expire, ledger_imports_sweep
from portal.places.models import StaleMark

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 8, 10, 9, tzinfo=LOCAL)
HEADER = (
    "工单编号,所属小区,问题分类,诉求内容,来电时间,楼栋,单元,房号,"
    "办结时间,办理结果,是否解决,满意度,回访时间"
)
ROW = (
    "DT1,和平里小区,屋面漏雨,顶楼漏雨,2020-03-02 09:00,1,1,101,"
    "2020-03-05,已补漏,已解决,满意,2020-03-07"
)


@pytest.fixture(autouse=True)
def _storage(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path)},
        },
    }


@pytest.fixture
def source(neighbourhood):
    home = neighbourhood.households[0]
    home.room = "101"
    home.save(update_fields=["room"])
    return LedgerSource.objects.create(
        name="大同市12345工单", place=neighbourhood.city, channel="12345"
    )


def csv(*rows: str, header: str = HEADER, encoding: str = "utf-8") -> ContentFile:
    return ContentFile("\r\n".join([header, *rows]).encode(encoding))


def start(source, file, filename="ledger.csv", by=None):
    return services.import_start(by=by, source=source, filename=filename, file=file, now=NOW)


def check(job, by=None, words=None):
    columns = services.import_columns(job)
    services.import_check(by=by, job=job, columns=columns, words=words, now=NOW)
    assert services.import_run(import_id=job.pk, clock=lambda: NOW)
    job.refresh_from_db()
    return job


def write(job, by=None):
    services.import_confirm(by=by, job=job, now=NOW)
    assert services.import_run(import_id=job.pk, clock=lambda: NOW)
    job.refresh_from_db()
    return job


def codes(job):
    return {row.number: [note["code"] for note in row.notes] for row in job.rows.order_by("number")}


def test_a_check_writes_nothing_and_says_row_by_row_what_it_would_do(source):
    job = check(start(source, csv(ROW, ROW.replace("DT1", "DT2").replace("和平里", "不知道"))))
    assert (job.state, job.rows_added, job.rows_refused, job.rows_total) == ("CHECKED", 1, 1, 2)
    assert not Complaint.objects.exists()
    assert codes(job) == {2: [], 3: ["community_unknown"]}
    assert job.unknown_words == {"community": {"不知道小区": 1}}
    assert "不知道小区" in sentence(job.rows.get(number=3).notes[0])


def test_a_confirmed_file_is_written_with_its_history(source, neighbourhood):
    job = write(check(start(source, csv(ROW))))
    assert (job.state, job.rows_added) == ("IMPORTED", 1)
    case = Complaint.objects.get()
    assert (case.channel, case.source_number, case.category_id) == ("12345", "DT1", "C10")
    assert case.household == neighbourhood.households[0]
    assert (case.state, case.verdict, case.rating) == ("CLOSED", "SOLVED", 4)
    assert case.accepted_at == case.filed_at == datetime(2020, 3, 2, 9, tzinfo=LOCAL)
    # Only the day is known: by the time the office closed.
    assert case.resolved_at == datetime(2020, 3, 5, 18, tzinfo=LOCAL)
    assert not job.file.storage.exists(job.file.name)


def test_a_number_is_imported_once_however_often_it_comes(source):
    write(check(start(source, csv(ROW))))
    again = check(start(source, csv(ROW, ROW.replace("DT1", "DT9"), ROW.replace("DT1", "DT9"))))
    assert (again.rows_added, again.rows_known) == (1, 2)
    assert codes(again) == {2: ["known_already"], 3: [], 4: ["twice_in_file"]}
    assert write(again).rows_added == 1
    assert Complaint.objects.count() == 2


def test_what_its_words_mean_is_said_once_and_kept(source):
    row = ROW.replace("屋面漏雨", "房屋渗漏").replace("和平里小区", "和平里")
    job = check(start(source, csv(row)))
    assert job.unknown_words == {"category": {"房屋渗漏": 1}}
    words = {"category": {"房屋渗漏": "C10"}, "community": {"和平里": "PC001"}}
    job = check(job, words=words)
    assert (job.rows_added, job.unknown_words) == (1, {})
    source.refresh_from_db()
    assert source.columns["source_number"] == "工单编号"
    assert check(start(source, csv(row.replace("DT1", "DT2")))).rows_added == 1


def test_words_can_leave_rows_out(source):
    row = ROW.replace("屋面漏雨", "交通出行")
    job = check(start(source, csv(row)), words={"category": {"交通出行": LedgerSource.LEFT_OUT}})
    assert (job.rows_added, job.rows_refused) == (0, 0)
    assert codes(job) == {2: ["category_left_out"]}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("2020-03-02 09:00", "昨天", "not_a_date"),
        ("DT1", "", "required"),
        ("2020-03-05", "2020-02-05", "times_contradict"),
        ("2020-03-0", "2026-07-2", "day_to_come"),
        (",满意,", ",很好,", "not_a_choice"),
        ("屋面漏雨", "C30", "category_restricted"),
        (",1,1,101", ",1,1,999", "household_unknown"),
        (",1,1,101", ",77,1,101", "building_unknown"),
        ("已解决,满意", ",满意", "rating_alone"),
    ],
)
def test_what_is_wrong_with_a_row_is_said(source, old, new, code):
    job = check(start(source, csv(ROW.replace(old, new))))
    assert codes(job) == {2: [code]}


def test_excel_and_gb18030_are_read_like_utf8(source):
    book = Workbook()
    book.active.append(HEADER.split(","))
    cells = ROW.split(",")
    cells[4] = datetime(2020, 3, 2, 9)  # noqa: DTZ001
    book.active.append(cells)
    out = io.BytesIO()
    book.save(out)
    for name, file in (
        ("a.xlsx", ContentFile(out.getvalue())),
        ("b.csv", csv(ROW, encoding="gb18030")),
    ):
        assert check(start(source, file, name)).rows_added == 1


def test_a_file_that_is_none_is_refused_at_once(source):
    for name, content in (("a.xlsx", b"PK\x03\x04broken"), ("a.pdf", b"%PDF"), ("a.csv", b"")):
        with pytest.raises(ValidationError) as error:
            start(source, ContentFile(content), name)
        assert "file" in error.value.message_dict
    assert not LedgerImport.objects.exists()


def test_a_needed_column_must_be_chosen_and_none_twice(source):
    job = start(source, csv(ROW))
    columns = services.import_columns(job)
    for wrong in ({**columns, "filed_at": ""}, {**columns, "room": columns["unit"]}):
        with pytest.raises(ValidationError):
            services.import_check(by=None, job=job, columns=wrong, now=NOW)


def test_headers_suggest_their_columns():
    headers = ["序号", "工单编号", "所属小区名称", "诉求分类", "诉求内容", "受理时间", "备注"]
    assert columns_guess(headers, {}) == {
        "source_number": "工单编号",
        "community": "所属小区名称",
        "category": "诉求分类",
        "text": "诉求内容",
        "filed_at": "受理时间",
    }
    assert columns_guess(headers, {"text": "备注"})["text"] == "备注"


def test_staff_enter_rows_of_their_own_places_only(source, clerk, reviewer, outsider):
    with pytest.raises(PermissionDenied):
        start(source, csv(ROW), by=clerk)
    source.place = source.place.get_children()[0]
    source.save()
    job = start(source, csv(ROW), by=reviewer)
    with pytest.raises(PermissionDenied):
        services.import_check(by=outsider, job=job, columns={}, now=NOW)
    assert check(job, by=reviewer).rows_added == 1


def test_a_run_that_was_killed_goes_on_behind_its_last_batch(source, monkeypatch):
    monkeypatch.setattr(imports, "BATCH", 2)
    job = check(start(source, csv(*(ROW.replace("DT1", f"DT{n}") for n in range(5)))))
    services.import_confirm(by=None, job=job, now=NOW)
    take, calls = imports._take, iter(range(10))

    def die(*args, **kwargs):
        if next(calls) == 1:
            raise KeyboardInterrupt
        take(*args, **kwargs)

    monkeypatch.setattr(imports, "_take", die)
    with pytest.raises(KeyboardInterrupt):
        services.import_run(import_id=job.pk, clock=lambda: NOW)
    job.refresh_from_db()
    assert (job.state, job.rows_done, job.rows_added) == ("RUNNING", 3, 2)
    monkeypatch.setattr(imports, "_take", take)
    late = NOW + timedelta(minutes=6)
    assert services.imports_due(now=late) == [job.pk]
    assert services.import_run(import_id=job.pk, clock=lambda: late)
    job.refresh_from_db()
    assert (job.state, job.rows_added, job.rows_known) == ("IMPORTED", 5, 0)
    assert Complaint.objects.count() == 5
    assert not services.import_run(import_id=job.pk, clock=lambda: late)


def test_a_run_stops_when_somebody_stops_it(source, reviewer, monkeypatch):
    monkeypatch.setattr(imports, "BATCH", 1)
    source.place = source.place.get_children()[0]
    source.save()
    rows = [ROW.replace("DT1", f"DT{n}") for n in range(3)]
    job = check(start(source, csv(*rows), by=reviewer), by=reviewer)
    services.import_confirm(by=reviewer, job=job, now=NOW)
    take = imports._take

    def stop(*args, **kwargs):
        take(*args, **kwargs)
        if not LedgerImport.objects.filter(state="STOPPED").exists():
            services.import_stop(by=reviewer, job=job, now=NOW)

    monkeypatch.setattr(imports, "_take", stop)
    services.import_run(import_id=job.pk, clock=lambda: NOW)
    job.refresh_from_db()
    assert (job.state, Complaint.objects.count()) == ("STOPPED", 1)


def test_sweeps_take_up_what_was_lost_and_delete_what_is_old(source):
    job = start(source, csv(ROW))
    services.import_check(by=None, job=job, columns=services.import_columns(job), now=NOW)
    ledger_imports_sweep()
    job.refresh_from_db()
    assert job.state == "CHECKED"
    ledger_imports_expire()
    assert not LedgerImport.objects.exists()


def test_queries_follow_the_batches_not_the_rows(source, django_assert_max_num_queries):
    few = check(start(source, csv(*(ROW.replace("DT1", f"A{n}") for n in range(400)))))
    services.import_confirm(by=None, job=few, now=NOW)
    with django_assert_max_num_queries(60):
        services.import_run(import_id=few.pk, clock=lambda: NOW)
    assert Complaint.objects.count() == 400


OPEN_ROW = "DT1,和平里小区,屋面漏雨,顶楼漏雨,2022-07-20 09:00,1,1,101,,,,,"
SOLVED_ROW = OPEN_ROW.removesuffix(",,,,,") + ",2022-07-22,已补漏,,,"
ENDED_ROW = OPEN_ROW.removesuffix(",,,,,") + ",2022-07-22,已补漏,部分解决,一般,2022-07-25"


def log(case):
    return list(case.events.order_by("pk").values_list("kind", flat=True))


def test_a_case_goes_on_when_its_row_does(source):
    write(check(start(source, csv(OPEN_ROW))))
    case = Complaint.objects.get()
    assert (case.state, log(case)) == ("ACCEPTED", ["FILED", "ACCEPTED"])
    StaleMark.objects.all().delete()
    job = check(start(source, csv(ENDED_ROW, ENDED_ROW)))
    assert (job.rows_added, job.rows_changed, job.rows_known) == (0, 1, 1)
    assert codes(job) == {2: ["state_changed"], 3: ["twice_in_file"]}
    said = sentence(job.rows.get(number=2).notes[0])
    assert "办理中" in said and "居民已确认" in said
    case.refresh_from_db()
    assert case.state == "ACCEPTED"  # nothing is written by a check
    assert write(job).rows_changed == 1
    case = Complaint.objects.get()
    assert (case.state, case.verdict, case.rating) == ("CLOSED", "PARTLY", 3)
    assert case.resolved_at == datetime(2022, 7, 22, 18, tzinfo=LOCAL)
    assert log(case) == ["FILED", "ACCEPTED", "LEDGER", "RESOLVED", "CONFIRMED"]
    marked = case.events.get(kind="LEDGER")
    assert (marked.at, marked.data) == (NOW, {"from": "ACCEPTED", "to": "CLOSED"})
    assert StaleMark.objects.filter(kind="COMPLAINTS", place=case.community).exists()
    again = check(start(source, csv(ENDED_ROW)))
    assert (again.rows_changed, codes(again)) == (0, {2: ["known_already"]})


def test_a_file_takes_nothing_back(source):
    write(check(start(source, csv(ENDED_ROW))))
    job = check(start(source, csv(SOLVED_ROW)))
    assert (job.rows_changed, codes(job)) == (0, {2: ["ledger_went_back"]})


def test_what_staff_handle_here_is_left_to_them(source, clerk):
    write(check(start(source, csv(OPEN_ROW))))
    case = Complaint.objects.get()
    services.complaint_reply(complaint=case, by=clerk, text="已安排", now=NOW)
    job = check(start(source, csv(ENDED_ROW)))
    assert (job.rows_changed, codes(job)) == (0, {2: ["handled_here"]})


def test_a_case_taken_up_after_the_check_stays_as_it_is(source, clerk):
    write(check(start(source, csv(OPEN_ROW))))
    case = Complaint.objects.get()
    job = check(start(source, csv(ENDED_ROW)))
    services.complaint_reply(complaint=case, by=clerk, text="已安排", now=NOW)
    assert write(job).rows_changed == 0
    case.refresh_from_db()
    assert case.state == "ACCEPTED" and "LEDGER" not in log(case)


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [("和平里", "矿工里"), ("2022-07-20", "2022-07-21"), ("顶楼漏雨", "路灯不亮")],
)
def test_a_number_of_another_case_is_refused_and_said(source, neighbourhood, mine, theirs):
    other = ENDED_ROW.replace(mine, theirs)
    job = check(start(source, csv(OPEN_ROW, other)))
    assert (job.rows_added, job.rows_refused) == (1, 1)
    assert codes(job)[3] == ["number_of_another"]
    write(job)
    job = check(start(source, csv(other)))
    assert (job.rows_changed, job.rows_refused) == (0, 1)
    assert codes(job) == {2: ["number_of_another"]}
    assert "另一件" in sentence(job.rows.get().notes[0])


def test_two_ledgers_of_one_channel_may_count_with_the_same_numbers(source, neighbourhood):
    write(check(start(source, csv(OPEN_ROW))))
    second = LedgerSource.objects.create(name="街道工单", place=neighbourhood.city, channel="12345")
    job = write(check(start(second, csv(OPEN_ROW.replace("顶楼漏雨", "路灯不亮")))))
    assert (job.rows_added, job.rows_refused, codes(job)) == (1, 0, {2: []})
    found = Complaint.objects.order_by("pk").values_list("source__name", "source_number")
    assert len({number for _name, number in found}) == 1
    assert [name for name, _number in found] == [source.name, second.name]


def test_a_case_that_two_ledgers_keep_is_taken_in_once(source, neighbourhood):
    write(check(start(source, csv(OPEN_ROW))))
    second = LedgerSource.objects.create(name="街道工单", place=neighbourhood.city, channel="12345")
    job = check(start(second, csv(OPEN_ROW)))
    assert (job.rows_added, codes(job)) == (0, {2: ["known_already"]})
    assert write(job).rows_added == 0


def test_a_number_is_known_again_far_down_in_the_file(source, monkeypatch):
    monkeypatch.setattr(imports, "BATCH", 2)
    others = [OPEN_ROW.replace("DT1", f"DT{n}") for n in (2, 3)]
    job = check(
        start(source, csv(OPEN_ROW, *others, OPEN_ROW, OPEN_ROW.replace("顶楼漏雨", "路灯不亮")))
    )
    assert (job.rows_added, job.rows_known, job.rows_refused) == (3, 1, 1)
    assert codes(job)[5] == ["twice_in_file"]
    assert codes(job)[6] == ["number_of_another"]
    assert write(job).rows_added == Complaint.objects.count() == 3


def test_a_running_number_is_not_taken_for_that_of_the_source():
    assert "source_number" not in columns_guess(["序号", "编号", "诉求内容"], {})


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_title_above_the_column_names_is_no_row(source, kind):
    """Offices export a ledger with its name, and who filled it in, above the table."""
    title, filled = ["平城区12345热线工单台账（2020年）"], ["填报单位：古槐社区", "填报人：王秀英"]
    lines = [title, filled, HEADER.split(","), ROW.split(",")]
    if kind == "csv":
        content = "\r\n".join("\t".join(line) for line in lines).encode("gb18030")
    else:
        book, file = Workbook(), io.BytesIO()
        for line in lines:
            book.active.append(line)
        book.save(file)
        content = file.getvalue()
    job = start(source, ContentFile(content), f"台账.{kind}")
    assert job.headers == HEADER.split(",")
    job = write(check(job))
    assert (job.state, job.rows_added, job.rows_refused) == ("IMPORTED", 1, 0)
    assert codes(job) == {4: []}


def test_headers_nobody_knows_are_found_by_their_number(source):
    file = csv("k1,和平里,漏雨,漏了,2020-03-02", header="某市台账\r\n甲,乙,丙,丁,戊")
    assert start(source, file).headers == ["甲", "乙", "丙", "丁", "戊"]


def test_what_was_decided_after_a_check_needs_another_check(source):
    """Two files of one ledger: a word that the second one gives a meaning changes the first."""
    rows = csv(ROW.replace("屋面漏雨", "房屋渗漏"), ROW.replace("DT1", "DT2"))
    first, second = check(start(source, rows)), start(source, rows)
    assert (first.rows_added, first.rows_refused, first.is_checked) == (1, 1, True)
    check(second, words={"category": {"房屋渗漏": "C10"}})
    first = LedgerImport.objects.get(pk=first.pk)
    assert not first.is_checked
    with pytest.raises(ValidationError):
        services.import_confirm(by=None, job=first, now=NOW)
    assert not Complaint.objects.exists()
    assert check(first).rows_added == 2
    assert write(first).rows_added == 2


def test_only_the_check_that_was_looked_at_is_taken_in(source):
    rows = csv(ROW.replace("屋面漏雨", "房屋渗漏"))
    job = check(start(source, rows))
    seen = job.checked_meaning
    check(job, words={"category": {"房屋渗漏": "C10"}})
    with pytest.raises(ValidationError):
        services.import_confirm(by=None, job=job, now=NOW, seen=seen)
    services.import_confirm(by=None, job=job, now=NOW, seen=job.checked_meaning)


def test_nothing_is_decided_otherwise_while_a_file_is_written(source):
    first, second = check(start(source, csv(ROW))), start(source, csv(ROW))
    services.import_confirm(by=None, job=first, now=NOW)
    columns = services.import_columns(second)
    services.import_check(by=None, job=second, columns=columns, now=NOW)
    with pytest.raises(ValidationError):
        services.import_check(
            by=None, job=start(source, csv(ROW)), columns=columns, now=NOW,
            words={"category": {"屋面漏雨": "C11"}},
        )  # fmt: skip
    source.refresh_from_db()
    assert source.words == {}
