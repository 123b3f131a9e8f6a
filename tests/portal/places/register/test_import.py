"""A register file from upload to rows: what is added, changed, refused, and nothing half-saved."""

import io
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from openpyxl import Workbook

from portal.places.codes import household_code, household_find
from portal.places.models import Building, Household, Place, RegisterImport, StaleMark
from portal.places.register import services
from portal.places.register.problems import sentence
from portal.places.states import ImportState, RowOutcome

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 4, 2, 0, tzinfo=UTC)
HEADER = "小区编码,楼栋,单元,房号,建筑面积,产权性质,居住状况,起始日期,终止日期"
ROW = "PC001,9号楼,1,101,76.50,自有,有人居住,2000-01-01,"


def csv(*rows: str, header: str = HEADER, encoding: str = "utf-8") -> bytes:
    return "\r\n".join([header, *rows]).encode(encoding)


def xlsx(*rows: list[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def run(by, content: bytes, filename: str = "register.csv", confirm: bool = True) -> RegisterImport:
    job = services.import_start(by=by, filename=filename, content=content, now=NOW)
    assert services.import_run(import_id=job.pk, clock=lambda: NOW)
    job.refresh_from_db()
    if confirm and job.state == ImportState.CHECKED:
        services.import_confirm(by=by, register_import=job, now=NOW)
        assert services.import_run(import_id=job.pk, clock=lambda: NOW)
        job.refresh_from_db()
    return job


def notes_of(job: RegisterImport) -> list[str]:
    return [sentence(n) for row in job.rows.order_by("number") for n in row.notes]


def codes_of(job: RegisterImport) -> list[str]:
    return [n["code"] for row in job.rows.order_by("number") for n in row.notes]


def test_a_check_writes_nothing_and_says_what_it_would_do(neighbourhood, reviewer):
    before = Household.objects.count()
    job = run(reviewer, csv(ROW, ROW.replace("101", "102")), confirm=False)
    assert job.state == ImportState.CHECKED
    assert (job.rows_added, job.rows_changed, job.rows_refused) == (2, 0, 0)
    assert Household.objects.count() == before
    assert not Building.objects.filter(name="9号楼").exists()
    first = job.rows.order_by("number").first()
    assert (first.number, first.outcome) == (2, RowOutcome.ADD)
    assert first.subject == "PC001 9号楼 1-101"


def test_a_confirmed_file_is_written(neighbourhood, reviewer):
    job = run(reviewer, csv(ROW))
    assert job.state == ImportState.IMPORTED
    home = Household.objects.get(building__name="9号楼")
    assert home.building.place == neighbourhood.community
    assert home.floor_area == Decimal("76.50")
    assert (home.tenure, home.occupancy) == ("OWNED", "OCCUPIED")
    assert home.valid_from == date(2000, 1, 1) and home.valid_to is None
    assert household_find(household_code(home)) == home
    kinds = set(StaleMark.objects.filter(place=neighbourhood.community).values_list("kind"))
    assert kinds == {("SURVEY",), ("COMPLAINTS",), ("ROLLUP",)}
    assert bytes(job.content) == b""


def test_the_same_file_again_changes_nothing(neighbourhood, reviewer):
    ended = "PC001,9号楼,1,103,50,自有,空置,1999-01-01,2010-01-01"
    run(reviewer, csv(ROW, ended))
    StaleMark.objects.all().delete()
    job = run(reviewer, csv(ROW, ended))
    assert (job.rows_added, job.rows_changed, job.rows_same) == (0, 0, 2)
    assert Household.objects.filter(building__name="9号楼").count() == 2
    assert not StaleMark.objects.exists()


def test_a_change_is_reported_with_old_and_new(neighbourhood, reviewer):
    run(reviewer, csv(ROW))
    job = run(reviewer, csv(ROW.replace("76.50", "80").replace("有人居住", "空置")))
    assert job.rows_changed == 1
    assert any("76.50" in note and "80.00" in note for note in notes_of(job))
    home = Household.objects.get(building__name="9号楼")
    assert (home.floor_area, home.occupancy) == (Decimal("80"), "VACANT")


def test_blank_cells_leave_what_is_known(neighbourhood, reviewer):
    run(reviewer, csv(ROW))
    job = run(reviewer, csv("PC001,9号楼,1,101,,,,,"))
    assert job.rows_same == 1


def test_one_broken_row_and_nothing_is_saved(neighbourhood, reviewer):
    before = Household.objects.count()
    rows = [ROW.replace("101", str(100 + i)) for i in range(50)]
    rows[30] = rows[30].replace("76.50", "七十六")
    job = run(reviewer, csv(*rows))
    assert job.state == ImportState.REFUSED
    assert (job.rows_refused, job.rows_added) == (1, 49)
    bad = job.rows.get(outcome=RowOutcome.REFUSE)
    assert bad.number == 32
    assert "七十六" in sentence(bad.notes[0])
    assert Household.objects.count() == before
    assert not Building.objects.filter(name="9号楼").exists()
    assert not StaleMark.objects.exists()


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (",9号楼,1,101,76,自有,,,", "required"),
        ("PC001,9号楼,1,,76,自有,,,", "required"),
        ("PC001,9号楼,1,101,,自有,,,", "area_needed"),
        ("PC001,9号楼,1,101,abc,自有,,,", "not_a_number"),
        ("PC001,9号楼,1,101,NaN,自有,,,", "not_a_number"),
        ("PC001,9号楼,1,101,Infinity,自有,,,", "not_a_number"),
        ("PC001,9号楼,1,101,1e400,自有,,,", "not_a_number"),
        ("PC001,9号楼,1,101,-5,自有,,,", "out_of_range"),
        ("PC001,9号楼,1,101,0.4,自有,,,", "out_of_range"),
        ("PC001,9号楼,1,101,76,别墅,,,", "not_a_choice"),
        ("PC001,9号楼,1,101,76,自有,有时,,", "not_a_choice"),
        ("PC001,9号楼,1,101,76,自有,,2020-02-30,", "not_a_date"),
        ("PC001,9号楼,1,101,76,自有,,昨天,", "not_a_date"),
        ("PC001,9号楼,1,101,76,自有,,2020-05-01,2020-05-01", "date_order"),
        ("PC001,9号楼,1,101,76,自有,,,2020-05-01", "already_ended"),
        ("XX999,9号楼,1,101,76,自有,,,", "place_unknown"),
        ("140213,9号楼,1,101,76,自有,,,", "not_a_community"),
        ("YG001,9号楼,1,101,76,自有,,,", "no_right"),
        ("PC001," + "楼" * 41 + ",1,101,76,自有,,,", "too_long"),
    ],
)
def test_what_a_row_is_refused_for(neighbourhood, reviewer, row, code):
    job = run(reviewer, csv(row))
    assert job.state == ImportState.REFUSED
    assert code in codes_of(job)
    assert all("%(" not in note for note in notes_of(job))


def test_the_same_home_twice_in_a_file_is_refused(neighbourhood, reviewer):
    job = run(reviewer, csv(ROW, ROW))
    assert codes_of(job)[-1] == "twice_in_file"
    assert job.state == ImportState.REFUSED


def test_a_home_can_be_ended_and_another_begin(neighbourhood, reviewer):
    run(reviewer, csv(ROW))
    assert run(reviewer, csv(ROW + "2021-06-30")).rows_changed == 1
    overlapping = ROW.replace("2000-01-01", "2021-06-01")
    assert codes_of(run(reviewer, csv(overlapping))) == ["overlaps"]
    assert run(reviewer, csv(ROW.replace("2000-01-01", "2021-07-01"))).rows_added == 1
    homes = Household.objects.filter(building__name="9号楼").order_by("valid_from")
    assert [h.valid_to for h in homes] == [date(2021, 6, 30), None]


def test_a_new_community_comes_with_its_name_and_place_above(neighbourhood, reviewer):
    header = "小区编码,小区名称,上级编码,小区地址,楼栋,单元,房号,面积"
    rows = ["PC777,向阳里小区,140213051,向阳街1号,1号楼,1,101,60"]
    rows += ["PC777,,,,1号楼,1,102,60"]
    job = run(reviewer, csv(*rows, header=header))
    assert job.state == ImportState.IMPORTED
    place = Place.objects.get(code="PC777")
    assert place.is_community and place.get_parent().code == "140213051"
    assert (place.pinyin, place.initials) == ("xiangyanglixiaoqu", "xylxq")
    assert Household.objects.in_place(place).count() == 2
    assert codes_of(job)[0] == "community_new"


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ("PC777,,140213051", "place_unknown"),
        ("PC777,向阳里小区,", "place_unknown"),
        ("PC777,向阳里小区,999", "parent_unknown"),
        ("PC777,向阳里小区,PC001", "parent_level"),
        ("PC777,向阳里小区,140214002", "no_right"),
        ("PC001,改了名的小区,", "name_differs"),
    ],
)
def test_what_a_community_is_refused_for(neighbourhood, reviewer, cells, code):
    header = "小区编码,小区名称,上级编码,楼栋,单元,房号,面积"
    job = run(reviewer, csv(f"{cells},1号楼,1,101,60", header=header))
    assert codes_of(job) == [code]
    assert not Place.objects.filter(code="PC777").exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_excel_writes_is_recognised(neighbourhood, reviewer, encoding):
    row = ROW.replace("9号楼", "龘䶮楼")
    assert run(reviewer, csv(row, encoding=encoding)).state == ImportState.IMPORTED
    assert Building.objects.filter(name="龘䶮楼").exists()


def test_an_excel_file_with_typed_cells_is_read(neighbourhood, reviewer):
    header = ["小区编码*", "楼栋", "单元", "房号", "建筑面积（㎡）", "起始日期", "备注"]
    content = xlsx(
        header,
        ["PC001", "9号楼", 1, 101.0, 76.5, date(2001, 2, 3), "随便"],
        [None] * 7,
        ["ＰＣ００１", "9号楼", "１", "102", "89.295 ㎡", "2001年2月3日", None],
    )
    job = run(reviewer, content, "登记册.xlsx")
    assert job.state == ImportState.IMPORTED, (job.problems, notes_of(job))
    homes = Household.objects.filter(building__name="9号楼").order_by("room")
    assert [(h.unit, h.room, str(h.floor_area), h.valid_from) for h in homes] == [
        ("1", "101", "76.50", date(2001, 2, 3)),
        ("1", "102", "89.30", date(2001, 2, 3)),
    ]


@pytest.mark.parametrize(
    ("filename", "content", "code"),
    [
        ("a.csv", b"", "file_empty"),
        ("a.pdf", b"%PDF-1.7 nothing", "file_type"),
        ("a.xlsx", b"PK\x03\x04 broken", "file_broken"),
        ("a.xlsx", b"not a zip", "file_broken"),
        ("a.csv", b"\xff\xff\xff\xff\x00", "file_encoding"),
        ("a.csv", b"a,b\x00,c\n", "file_encoding"),
        ("a.csv", csv(), "no_rows"),
        ("a.csv", csv(ROW, header="小区,楼栋"), "header_missing"),
        ("a.csv", csv(ROW, header=HEADER + ",楼号"), "header_twice"),
    ],
)
def test_a_file_that_is_none_is_refused_in_words(neighbourhood, reviewer, filename, content, code):
    job = run(reviewer, content, filename)
    assert job.state == ImportState.FAILED
    assert [p["code"] for p in job.problems] == [code]
    assert "%(" not in sentence(job.problems[0])


def test_rights_are_asked_at_the_door_and_for_every_row(neighbourhood, clerk, outsider, reviewer):
    with pytest.raises(PermissionDenied):
        services.import_start(by=clerk, filename="a.csv", content=csv(ROW), now=NOW)
    job = run(reviewer, csv(ROW), confirm=False)
    with pytest.raises(PermissionDenied):
        services.import_confirm(by=outsider, register_import=job, now=NOW)


def test_it_is_confirmed_once(neighbourhood, reviewer):
    job = run(reviewer, csv(ROW))
    with pytest.raises(ValidationError):
        services.import_confirm(by=reviewer, register_import=job, now=NOW)
    assert not services.import_run(import_id=job.pk)


def test_the_register_may_change_between_check_and_write(neighbourhood, reviewer):
    job = run(reviewer, csv(ROW), confirm=False)
    run(reviewer, csv(ROW.replace("76.50", "70")))
    services.import_confirm(by=reviewer, register_import=job, now=NOW)
    services.import_run(import_id=job.pk, clock=lambda: NOW)
    job.refresh_from_db()
    assert (job.rows_added, job.rows_changed) == (0, 1)
    assert Household.objects.get(building__name="9号楼").floor_area == Decimal("76.50")


def test_a_failing_write_leaves_nothing_behind(neighbourhood, reviewer, monkeypatch):
    job = run(reviewer, csv(ROW), confirm=False)
    services.import_confirm(by=reviewer, register_import=job, now=NOW)

    def broken(*args, **kwargs):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("portal.places.register.write.register_stale", broken)
    with pytest.raises(RuntimeError):
        services.import_run(import_id=job.pk, clock=lambda: NOW)
    assert not Building.objects.filter(name="9号楼").exists()
    services.import_fail(import_id=job.pk, now=NOW)
    job.refresh_from_db()
    assert job.state == ImportState.FAILED and job.problems[0]["code"] == "unforeseen"


def test_what_a_lost_worker_left_is_taken_up_again(neighbourhood, reviewer):
    job = services.import_start(by=reviewer, filename="a.csv", content=csv(ROW), now=NOW)
    assert services.imports_due(now=NOW + timedelta(seconds=10)) == []
    assert services.imports_due(now=NOW + timedelta(minutes=1)) == [job.pk]
    RegisterImport.objects.filter(pk=job.pk).update(state=ImportState.RUNNING)
    assert services.imports_due(now=NOW + timedelta(minutes=1)) == []
    assert services.imports_due(now=NOW + timedelta(minutes=6)) == [job.pk]
    assert services.import_run(import_id=job.pk, clock=lambda: NOW)


def test_old_reports_go(neighbourhood, reviewer):
    job = run(reviewer, csv(ROW))
    assert services.imports_expire(now=NOW + timedelta(days=29)) == 0
    assert services.imports_expire(now=NOW + timedelta(days=31)) == 1
    assert not RegisterImport.objects.filter(pk=job.pk).exists()


def test_20000_rows_take_well_under_a_minute_with_progress(neighbourhood, reviewer, monkeypatch):
    rows = [
        ["PC001", f"甲{b}号楼", u, f"{f}0{r}", 60 + r, "自有", "有人居住", "2000-01-01"]
        for b in range(1, 201)
        for u in range(1, 6)
        for f in range(1, 6)
        for r in range(1, 5)
    ]
    assert len(rows) == 20_000
    content = xlsx(HEADER.split(",")[:8], *rows)
    seen = []
    real = services._seen
    monkeypatch.setattr(
        services, "_seen", lambda job, done, *a, **k: seen.append(done) or real(job, done, *a, **k)
    )
    began, worked = time.monotonic(), time.process_time()
    job = run(reviewer, content, "big.xlsx")
    took, worked = time.monotonic() - began, time.process_time() - worked
    assert job.state == ImportState.IMPORTED
    assert job.rows_added == 20_000
    assert Household.objects.in_place(neighbourhood.community).count() == 20_012
    assert len(seen) >= 40 and seen[:3] == [1000, 2000, 3000]
    assert job.percent == 100
    # Work, not waiting: other tests share the machine.
    assert worked < 30, worked
    print(f"20,000 rows checked and written in {took:.1f} s, {worked:.1f} s of them work")


def test_the_command_imports_and_dry_runs(neighbourhood, tmp_path, capsys):
    path = tmp_path / "登记册.csv"
    path.write_bytes(csv(ROW, encoding="gb18030"))
    call_command("import_register", str(path), "--dry-run")
    assert "CHECKED: +1 ~0 =0 !0" in capsys.readouterr().out
    assert not Building.objects.filter(name="9号楼").exists()
    call_command("import_register", str(path))
    assert "IMPORTED: +1 ~0 =0 !0" in capsys.readouterr().out
    assert Building.objects.filter(name="9号楼").exists()
    path.write_bytes(csv(ROW.replace("PC001", "XX")))
    with pytest.raises(CommandError):
        call_command("import_register", str(path))
    assert "2\tREFUSE\t" in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("import_register", str(tmp_path / "missing.csv"))
