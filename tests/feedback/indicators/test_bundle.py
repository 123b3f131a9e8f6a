"""The evidence bundle: all is recomputed, every change found, nothing hidden told."""

import csv
import io
import json
import shutil
import subprocess
import sys
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from frictionless import validate

from feedback.indicators.bundle import recompute
from feedback.indicators.bundle.writing import bundle_files, bundle_write
from feedback.indicators.definitions import definition
from feedback.indicators.models import Measurement
from feedback.indicators.queries import PUBLIC, public_figures
from feedback.indicators.services import assessment_add, rebuild
from feedback.surveys.services import survey_seal
from tests.feedback.indicators.conftest import LOCAL, NOW, community_of, complaints_filed

pytestmark = pytest.mark.django_db


def stands_on(base):
    """A sealed wave in which E has six answers, complaints before and after the works."""
    base.city["E"] = community_of(base.neighbourhood.subdistrict, "PC104", 60)
    base.renovate()
    survey = base.closed_wave(A=(48, 60), B=(36, 40), C=(100, 150), D=(48, 60), E=(4, 6))
    for month, events in ((date(2019, 11, 1), 14), (date(2021, 3, 1), 7), (date(2021, 10, 1), 12)):
        complaints_filed(base.city["A"], month, events)
        complaints_filed(base.city["E"], month, events // 3)
    survey_seal(survey=survey, now=datetime(2022, 1, 20, tzinfo=LOCAL))
    rebuild(None, NOW)
    return survey


@pytest.fixture
def measured(stood):
    return stood


def unpacked(folder: Path, place, year=2021, public=False) -> Path:
    target = folder / f"bundle-{public}"
    packed = io.BytesIO()
    bundle_write(place, year, packed, now=NOW, public=public)
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(target)
    return target


def run(folder: Path, program: Path | None = None) -> tuple[int, str]:
    """The program with the standard library alone: no site packages, no environment."""
    command = [
        sys.executable,
        "-I",
        "-S",
        "-B",
        str(program or folder / "recompute.py"),
        str(folder),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / "data" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("public", [True, False])
def test_every_figure_is_recomputed_by_the_standard_library_alone(
    measured, neighbourhood, tmp_path, public
):
    folder = unpacked(tmp_path, neighbourhood.city, public=public)
    code, said = run(folder)
    assert code == 0, said
    rows = table(folder, "measurements")
    told = [row for row in rows if not row["hidden"]]
    assert f"figures: {len(told)}" in said
    assert len(told) > 30
    assert "sums: " in said and "seals: 1" in said
    assert ("scores: " in said) is not public


@pytest.mark.parametrize("public", [True, False])
def test_one_byte_changed_in_any_file_is_found_and_named(measured, neighbourhood, tmp_path, public):
    folder = unpacked(tmp_path, neighbourhood.city, public=public)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    assert len(files) >= 15
    for path in files:
        whole = path.read_bytes()
        for place in {0, len(whole) // 2, len(whole) - 1}:
            broken = bytearray(whole)
            broken[place] ^= 1
            path.write_bytes(broken)
            code, said = run(folder, recompute_copy())
            assert code == 1, (path, place)
            assert path.relative_to(folder).as_posix() in said, (path, place, said)
        path.write_bytes(whole)
    assert run(folder)[0] == 0


def recompute_copy() -> Path:
    """A copy from elsewhere: the one in the bundle may be what was changed."""
    return Path(recompute.__file__)


def test_a_folder_that_was_packed_again_is_whole(measured, neighbourhood, tmp_path):
    folder = unpacked(tmp_path, neighbourhood.city)
    packed = shutil.make_archive(str(tmp_path / "again"), "zip", folder)
    with zipfile.ZipFile(packed) as archive:
        assert "data/" in archive.namelist()
    code, said = run(Path(packed), recompute_copy())
    assert code == 0, said


def test_files_that_were_added_or_taken_away_are_named(measured, neighbourhood, tmp_path):
    folder = unpacked(tmp_path, neighbourhood.city)
    (folder / "data" / "more.csv").write_text("a\r\n")
    (folder / "README.txt").unlink()
    code, said = run(folder)
    assert code == 1
    assert "data/more.csv: not in the manifest" in said
    assert "README.txt: missing" in said


@pytest.mark.parametrize(
    ("name", "column"),
    [
        *(("measurements", name) for name in ("value", "low", "high", "n", "status", "attainment")),
        *(("scores", name) for name in ("points", "weight", "value")),
        ("cards", "total"),
        ("cards", "grade"),
    ],
)
def test_a_figure_made_up_with_a_fitting_manifest_is_found(
    measured, neighbourhood, tmp_path, name, column
):
    """Whoever can write the manifest anew still cannot change a figure."""
    files, _count = bundle_files(neighbourhood.city, 2021, now=NOW, public=False)
    rows = list(csv.DictReader(io.StringIO(files[f"data/{name}.csv"].decode(), newline="")))
    row = next(row for row in rows if row[column] and not row.get("hidden"))
    row[column] = {"status": "INSUFFICIENT", "grade": "无"}.get(column) or str(
        Decimal(row[column]) + 1
    )
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(row), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    files[f"data/{name}.csv"] = text.getvalue().encode()
    files["manifest.json"] = recompute.manifest_text(
        {key: content for key, content in files.items() if key != "manifest.json"}
    ).encode()
    for key, content in files.items():
        path = tmp_path / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    code, said = run(tmp_path)
    assert code == 1
    assert ("measurements.csv" if name == "measurements" else "scores.csv") in said


@pytest.mark.parametrize("public", [True, False])
def test_frictionless_finds_a_valid_data_package(measured, neighbourhood, tmp_path, public):
    folder = unpacked(tmp_path, neighbourhood.city, public=public)
    report = validate(str(folder / "datapackage.json"))
    assert report.valid, report.flatten(["type", "message"])
    assert report.stats["tasks"] >= 12


def test_the_public_bundle_tells_what_the_pages_tell(measured, neighbourhood, city, tmp_path):
    folder = unpacked(tmp_path, neighbourhood.city, public=True)
    rows = table(folder, "measurements")
    assert {row["indicator"] for row in rows} <= set(PUBLIC)
    latest = {(row["scope"], row["indicator"]): row for row in rows}
    for place in (neighbourhood.city, city["A"], city["E"]):
        for figure in public_figures(place):
            row = latest.get((place.code, figure.code))
            if row is None or row["period_end"] != figure.period_end.isoformat():
                continue
            assert bool(row["value"]) == (figure.value is not None), row
            if figure.value is not None:
                assert abs(Decimal(row["value"]) - figure.value) <= Decimal("0.005")
    assert not table(folder, "scores")


@pytest.mark.parametrize("public", [True, False])
def test_small_cells_are_nowhere_in_the_files(measured, neighbourhood, city, tmp_path, public):
    """Six answers in E: neither they nor anything from which they follow."""
    folder = unpacked(tmp_path, neighbourhood.city, public=public)
    rows = [row for row in table(folder, "measurements") if row["scope"] == city["E"].code]
    small = [row for row in rows if row["indicator"] in {"I38", "I39"}]
    assert small
    for row in small:
        assert row["hidden"] == "1"
        assert not any(row[name] for name in ("value", "low", "high", "numerator", "inputs_hash"))
    known = {row["id"] for row in table(folder, "inputs")}
    assert not known & {row["id"] for row in small}
    tally = next(row for row in table(folder, "tallies") if row["community"] == city["E"].code)
    assert (tally["counts"], tally["valid"]) == ("", "")
    by_id = {row["id"]: json.loads(row["inputs"]) for row in table(folder, "inputs")}
    for row in table(folder, "measurements"):
        if row["indicator"] in {"I38", "I39"} and row["id"] in by_id:
            assert city["E"].code not in json.dumps(by_id[row["id"]].get("strata", []))


def test_a_sum_with_a_hidden_part_has_no_more_digits_than_its_page(
    measured, neighbourhood, tmp_path
):
    folder = unpacked(tmp_path, neighbourhood.city)
    rows = {row["id"]: row for row in table(folder, "measurements")}
    loose = [row for row in rows.values() if row["precision"] == "2"]
    assert any(row["scope"] == neighbourhood.city.code for row in loose)
    for row in loose:
        assert Decimal(row["value"]).as_tuple().exponent >= -2
        assert row["inputs_hash"] == ""
        assert row["numerator"] == ""


def test_judgements_are_in_the_score_and_recomputed(
    measured, neighbourhood, city, evaluator, tmp_path
):
    assessment_add(
        actor=evaluator,
        scope=neighbourhood.city,
        year=2021,
        indicator="I12",
        value=Decimal(1),
        reason="公示栏缺页",
        now=NOW,
    )
    folder = unpacked(tmp_path, neighbourhood.city)
    assert run(folder)[0] == 0
    assert "公示栏缺页" not in (folder / "data/scores.csv").read_text(encoding="utf-8")


def test_every_indicator_with_a_figure_has_its_formula_in_the_program(measured):
    for row in Measurement.objects.latest_revisions():
        known = {
            "variants": {
                v.code: {
                    "method": v.method.value,
                    "unit": row.definition.unit_of(v.code),
                }
                for v in (row.definition.main, *row.definition.variants)
            },
            "method": definition(row.indicator).method.value,
        }
        cells = {
            "indicator": row.indicator,
            "variant": row.variant,
            "freeze_date": str(row.freeze_date or ""),
            "computed_on": "2022-02-28",
        }
        found = recompute.recomputed(cells, known, row.inputs)
        assert found["status"] == row.status, row
        assert (found.get("value") is None) == (row.value is None), row
