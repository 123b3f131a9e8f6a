"""Writing a bundle as a zip: tables, codebook, manifest and the program that recomputes it."""

import csv
import hashlib
import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from feedback.indicators.bundle import contents, recompute
from feedback.indicators.bundle.choosing import Choice, choose
from feedback.indicators.bundle.tables import KEYS, TABLES, schema
from feedback.indicators.definitions import definition
from feedback.surveys.models import Survey
from feedback.surveys.services import survey_leaves
from portal.places.models import Place

#: The time of every file in the zip: the same content makes the same bytes.
_EPOCH = (1980, 1, 1, 0, 0, 0)
PROGRAM = Path(recompute.__file__)
Progress = Callable[[int], None]


class BundleError(Exception):
    """What was read does not hold together; nothing was written."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems[:5]))
        self.problems = problems


def bundle_write(
    place: Place,
    year: int,
    output: IO[bytes],
    *,
    now: datetime,
    public: bool,
    progress: Progress = lambda done: None,
) -> int:
    """Write the bundle of `place` and `year`; how many figures are in it.

    Everything is read as of one moment. The program in the bundle is run on it before a byte is
    written: raises BundleError where a figure cannot be recomputed.
    """
    with transaction.atomic():
        _freeze_view()
        files, count = bundle_files(place, year, now=now, public=public)
    progress(count)
    check = recompute.Check(_held(files))
    check.run()
    if check.problems:
        raise BundleError(check.problems)
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in sorted(files.items()):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            packed.writestr(info, content)
    return count


def _freeze_view() -> None:
    """All queries see the same moment; SQLite's transactions do so by themselves."""
    if connection.vendor == "postgresql" and len(connection.savepoint_ids) == 0:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def _held(files: dict[str, bytes]) -> recompute.Bundle:
    bundle = recompute.Bundle.__new__(recompute.Bundle)
    bundle.files = files
    return bundle


def bundle_files(
    place: Place,
    year: int,
    *,
    now: datetime,
    public: bool,
) -> tuple[dict[str, bytes], int]:
    """Name → content of every file, and the number of figures."""
    choice = choose(place, year, timezone.localdate(now), public=public)
    files = {f"data/{name}.csv": content for name, content in _tables(choice, public)}
    surveys = _surveys(choice)
    files["data/surveys.csv"] = _csv("surveys", map(_survey, surveys))
    for survey in surveys:
        if survey.merkle_root:
            files[f"data/leaves/{survey.slug}.csv"] = _leaves(survey)
    files["data/definitions.json"] = _json(_definitions(choice))
    files["data/schemes.json"] = _json(_schemes(choice))
    files["README.txt"] = _readme(place, year, public).encode()
    files["recompute.py"] = PROGRAM.read_bytes()
    files["datapackage.json"] = _json(_package(files, place, year, now, public))
    files["manifest.json"] = recompute.manifest_text(files).encode()
    return files, len(choice.rows)


def _tables(choice: Choice, public: bool) -> Iterable[tuple[str, bytes]]:
    cards = list(contents.card_rows(choice))
    tables = {
        "places": contents.place_rows(choice),
        "measurements": contents.measurement_rows(choice, public=public),
        "inputs": contents.input_rows(choice, public=public),
        "rollups": contents.rollup_rows(choice),
        "remainders": contents.remainder_rows(choice),
        "tallies": contents.tally_rows(choice, public=public),
        "cards": (card for card, _lines in cards),
        "scores": (line for _card, lines in cards for line in lines),
    }
    for name, rows in tables.items():
        yield name, _csv(name, rows)


def _csv(name: str, rows: Iterable[dict[str, Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(TABLES[name]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _surveys(choice: Choice) -> list[Survey]:
    waves = {row.wave for row in choice.rows.values() if row.wave}
    found = Survey.objects.filter(slug__in=waves, live=True).defer("questions")
    return list(found.order_by("opens_at", "pk"))


def _survey(survey: Survey) -> dict[str, Any]:
    return {
        "slug": survey.slug,
        "title": survey.title,
        "opens_on": timezone.localdate(survey.opens_at).isoformat(),
        "closes_on": timezone.localdate(survey.closes_at).isoformat(),
        "merkle_root": survey.merkle_root,
        "leaf_count": survey.leaf_count if survey.merkle_root else "",
    }


def _leaves(survey: Survey) -> bytes:
    lines = [f"{leaf.receipt_hash},{leaf.commitment}\r\n" for leaf in survey_leaves(survey)]
    return ("receipt_hash,answers\r\n" + "".join(lines)).encode()


def _definitions(choice: Choice) -> list[dict[str, Any]]:
    used = {(row.indicator, row.formula_version) for row in choice.rows.values()}
    parts = [line.part.definition for one in choice.cards for line in one.card.lines]
    used |= {(known.code, known.version) for known in parts}
    found = []
    for code, version in sorted(used):
        known = definition(code, version)
        variants = (known.main, *known.variants)
        found.append(
            {
                "code": code,
                "version": version,
                "name": {"zh": known.name.zh, "en": known.name.en},
                "formula": {"zh": known.formula.zh, "en": known.formula.en},
                "source": {"zh": known.source.zh, "en": known.source.en},
                "edges": {"zh": known.edges.zh, "en": known.edges.en},
                "basis": {"zh": known.basis.zh, "en": known.basis.en},
                "valid_from": known.valid_from.isoformat(),
                "period": known.period,
                "flow": known.flow,
                "rule": known.rule.value,
                "method": known.method.value,
                "variants": {
                    variant.code: {
                        "name": {"zh": variant.name.zh, "en": variant.name.en},
                        "formula": {"zh": variant.formula.zh, "en": variant.formula.en},
                        "method": variant.method.value,
                        "unit": known.unit_of(variant.code),
                        "direction": known.direction_of(variant.code).value,
                    }
                    for variant in variants
                },
            }
        )
    return found


def _schemes(choice: Choice) -> list[dict[str, Any]]:
    used = defaultdict(list)
    for one in choice.cards:
        used[one.card.scheme.code, one.card.scheme.version].append(one)
    found = []
    for (code, version), cards in sorted(used.items()):
        scheme, day = cards[0].card.scheme, date(cards[0].year, 12, 31)
        found.append(
            {
                "code": code,
                "version": version,
                "name": {"zh": scheme.name.zh, "en": scheme.name.en},
                "basis": {"zh": scheme.basis.zh, "en": scheme.basis.en},
                "bands": [{"name": b.name.zh, "floor": str(b.floor)} for b in scheme.bands],
                "parts": [
                    {
                        "indicator": part.definition.code,
                        "version": part.definition.version,
                        "level1": part.level1.zh,
                        "level2": part.level2.zh,
                        "weight": str(part.weight),
                    }
                    for part in scheme.parts(day)
                ],
            }
        )
    return found


def _package(
    files: dict[str, bytes], place: Place, year: int, now: datetime, public: bool
) -> dict[str, Any]:
    demo = "演示数据 / Demonstration data. " if settings.DEMONSTRATION else ""
    kept = "公开数据 / what is public" if public else "工作数据 / for staff"
    return {
        "profile": "data-package",
        "name": f"evidence-{place.code}-{year}".lower(),
        "title": f"{place.name} {year} 绩效数据证据包 / evidence bundle",
        "description": f"{demo}{kept}. python3 recompute.py",
        "created": now.isoformat(timespec="seconds"),
        "resources": [
            _resource(name, content)
            for name, content in sorted(files.items())
            if name.startswith("data/")
        ],
    }


def _resource(path: str, content: bytes) -> dict[str, Any]:
    name = path.removeprefix("data/")
    stem, kind = name.rsplit(".", 1)
    found: dict[str, Any] = {
        "name": stem.lower().replace("/", "-"),
        "path": path,
        "format": kind,
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
    }
    if kind == "json":
        return found | {"type": "json", "mediatype": "application/json"}
    return found | {
        "profile": "tabular-data-resource",
        "type": "table",
        "mediatype": "text/csv",
        "schema": schema(stem if stem in TABLES or stem in KEYS else "leaves"),
    }


def _readme(place: Place, year: int, public: bool) -> str:
    demo = "演示数据。Demonstration data.\n\n" if settings.DEMONSTRATION else ""
    return (
        f"{place.name} {year}\n\n{demo}"
        "python3 recompute.py\n\n"
        "只需 Python 3.11。程序逐一重算本包中的数值、区间、汇总和评分，核对每个文件的 SHA-256，"
        "并指出被改动的文件。人数过少、不予公布的数据在本包中同样不提供；"
        "含有这类数据的合计按公布的小数位给出。\n\n"
        "Python 3.11 is all it takes. The program recomputes every value, interval, sum and score\n"
        "in this bundle, checks the SHA-256 of every file and names those that were changed.\n"
        "Cells that are not published, as too few people stand behind them, are not here either;\n"
        "sums that contain such cells have the decimals that are published.\n\n"
        "datapackage.json describes the tables (https://datapackage.org).\n"
    )
