#!/usr/bin/env python3
"""Recompute every figure of an evidence bundle, and name every file that was changed.

    python3 recompute.py [FOLDER | BUNDLE.zip]

Needs Python 3.11 and nothing else; it changes nothing and sends nothing. It ends with 0 if all is
as it should be, with 1 if not. It knows the formulas by itself: nothing is taken from the system
that wrote the bundle. Whoever distrusts the copy inside a bundle uses one from elsewhere.

What it does: 1. SHA-256 of every file against manifest.json. 2. The hash of the inputs of every
figure. 3. Every figure from its inputs: value, interval, status, attainment. 4. Every sum over
places and projects. 5. Every score: weights, points, total, grade. 6. Root of every sealed survey.

Cells that are not published are empty. A figure that stands on such a cell is given with the
precision with which it is published, and is compared with that precision.
"""

import csv
import hashlib
import io
import json
import math
import sys
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

Z = 1.959964
MEASURED = ("OK", "PROVISIONAL")
SIX, CENT, NOTHING, ONE, FULL = (
    Decimal("0.000001"),
    Decimal("0.01"),
    Decimal(0),
    Decimal(1),
    Decimal(100),
)
Row = dict[str, str]
Sums = tuple[Decimal, Decimal, int | None, int | None]
#: value, low, high (floats or Decimals), status, reason, numerator, denominator, n, population
Figure = dict[str, Any]


# --- 1. files ---


class Bundle:
    """The files of a folder or of a zip, by name."""

    def __init__(self, path: Path) -> None:
        self.files: dict[str, bytes] = {}
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                if file.is_file() and "__pycache__" not in file.parts:
                    self.files[file.relative_to(path).as_posix()] = file.read_bytes()
        else:
            with zipfile.ZipFile(path) as packed:
                # Read past the packer's own check sums: it is the manifest that is asked.
                # Whoever packs a folder again may pack the folders in it, which are no files.
                for info in packed.infolist():
                    if not info.is_dir():
                        self.files[info.filename] = packed.read(info)

    def table(self, name: str) -> list[Row]:
        text = self.files[f"data/{name}.csv"].decode()
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def json(self, name: str) -> Any:
        return json.loads(self.files[f"data/{name}.json"])


SEAL = '\n "seal": "{}"\n}}\n'


def manifest_text(files: dict[str, bytes]) -> str:
    """The manifest of `files`: sizes and hashes, and a hash of everything above its last line."""
    listed = {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in sorted(files.items())
    }
    body = json.dumps({"files": listed}, indent=1, ensure_ascii=False)[:-2] + ","
    return body + SEAL.format(hashlib.sha256(body.encode()).hexdigest())


def changed_files(files: dict[str, bytes]) -> list[str]:
    """What is wrong with the files, one line for each."""
    if "manifest.json" not in files:
        return ["manifest.json: missing"]
    problems = []
    try:
        text = files["manifest.json"].decode()
        body = text[: len(text) - len(SEAL.format("0" * 64))]
        whole = body + SEAL.format(hashlib.sha256(body.encode()).hexdigest()) == text
        listed = json.loads(text)["files"]
    except (ValueError, KeyError):
        return ["manifest.json: changed"]
    if not whole:
        problems.append("manifest.json: changed")
    for name in sorted(set(listed) | (set(files) - {"manifest.json"})):
        if name not in files:
            problems.append(f"{name}: missing")
        elif name not in listed:
            problems.append(f"{name}: not in the manifest")
        elif hashlib.sha256(files[name]).hexdigest() != listed[name]["sha256"]:
            problems.append(f"{name}: changed")
    return problems


# --- samples (counts of households that answered) ---


def sample_status(n: int, population: int | None) -> tuple[str, str]:
    """Enough is 30 answers, or half of a place of fewer than 60, and one in five of those asked."""
    least = 0.5 * population if population is not None and population < 60 else 30
    if n < 1 or n < least:
        return "INSUFFICIENT", "FEW_ANSWERS"
    if population is not None and n < 0.2 * population:
        return "INSUFFICIENT", "LOW_RESPONSE"
    return "OK", ""


def effective(n: int, population: int) -> float:
    return math.inf if n >= population else n * (population - 1) / (population - n)


def wilson(share: float, size: float) -> tuple[float, float]:
    if math.isinf(size):
        return share, share
    spread = Z * Z / size
    centre = (share + spread / 2) / (1 + spread)
    half = Z * math.sqrt(share * (1 - share) / size + spread / (4 * size)) / (1 + spread)
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))


# --- strata: (households, answers, mean, sample variance of one answer) ---

Stratum = tuple[int, int, float, float]


def share_stratum(households: int, n: int, counted: float) -> Stratum:
    """Of a share the variance p(1 − p)·n/(n − 1) is that of answers 0 and 1."""
    share = counted / n if n else 0.0
    return households, n, share, share * (1 - share) * n / (n - 1) if n > 1 else 0.0


def mean_stratum(households: int, counts: dict[str, int]) -> Stratum:
    n = sum(counts.values())
    if not n:
        return households, 0, 0.0, 0.0
    mean = sum(int(code) * count for code, count in counts.items()) / n
    squares = sum(count * (int(code) - mean) ** 2 for code, count in counts.items())
    return households, n, mean, squares / (n - 1) if n > 1 else 0.0


def joined(a: Stratum, b: Stratum) -> Stratum:
    households, n = a[0] + b[0], a[1] + b[1]
    if not a[1] or not b[1]:
        return households, n, *(a if a[1] else b)[2:]
    mean = (a[1] * a[2] + b[1] * b[2]) / n
    squares = sum((s[1] - 1) * s[3] + s[1] * (s[2] - mean) ** 2 for s in (a, b))
    return households, n, mean, squares / (n - 1)


class Total:
    """ΣN, ΣN·y, ΣN²·var, Σn; `silent` households were asked in a group nobody of which answered."""

    def __init__(self) -> None:
        self.population = self.n = self.silent = self.strata = 0
        self.weighted = self.variance = 0.0

    def add(self, households: int, weighted: float, variance: float, n: int, silent: int) -> None:
        if not n:
            self.silent += households + silent
            return
        self.population += households
        self.weighted += weighted
        self.variance += variance
        self.n += n
        self.silent += silent
        self.strata += 1


def total_of(strata: Iterable[Stratum], is_share: bool) -> Total:
    """Communities with fewer than two answers are put together, and with the smallest others."""
    there = [s for s in strata if s[0]]

    def size(s: Stratum) -> tuple[float, ...]:
        return (s[0], s[1], round(s[2] * s[1], 9)) if is_share else s

    kept = sorted((s for s in there if s[1] >= 2), key=size)
    small = [s for s in there if s[1] < 2]
    if small:
        rest = small[0]
        for one in small[1:]:
            rest = joined(rest, one)
        while rest[1] < 2 and kept:
            rest = joined(rest, kept.pop(0))
        kept.append(rest)
    total = Total()
    for households, n, mean, variance in kept:
        error = (1 - n / households) * variance / n if n else 0.0
        total.add(households, households * mean, households**2 * error, n, 0)
    total.strata = len(kept)
    return total


def total_from(sums: dict[str, Any], total: Total | None = None) -> Total:
    total = total or Total()
    total.add(
        sums["population"],
        float(sums["weighted"]),
        float(sums["weighted_variance"]),
        sums["n"],
        sums["silent"],
    )
    return total


def stratified(total: Total, is_share: bool, one: bool, scale: int) -> Figure:
    asked = total.population + total.silent
    status, reason = sample_status(total.n, asked)
    found = {"status": status, "reason": reason, "n": total.n, "population": asked}
    if not total.population or not total.n:
        return found
    value = total.weighted / total.population
    error = math.sqrt(total.variance) / total.population
    alone = total.n < 2 and total.n < total.population
    low: float | None
    high: float | None
    if is_share:
        value = min(1.0, max(0.0, value))
        if one or alone or not error:
            low, high = wilson(value, effective(total.n, total.population))
        else:
            low, high = max(0.0, value - Z * error), min(1.0, value + Z * error)
    else:
        low, high = (None, None) if alone else (value - Z * error, value + Z * error)
    found |= {"numerator": total.weighted, "denominator": total.population}
    bounds: dict[str, float | None] = {"value": value, "low": low, "high": high}
    return found | {key: None if x is None else x * scale for key, x in bounds.items()}


# --- 3. one figure from its inputs ---


def number(value: Any) -> Decimal:
    return Decimal(str(value if not isinstance(value, bool) else int(value)))


def simple(code: str, variant: str, i: dict[str, Any]) -> Sums:
    """Numerator, denominator, n and population of what one community or project counted."""

    def of(top: Any, bottom: Any, n: Any = None, population: Any = None) -> Sums:
        return number(top), number(bottom), n, population

    if "children" in i:
        return of(i["numerator"], i["denominator"], i["n"], i["population"])
    other = variant != "main"
    if code == "I01":
        whole = i["households"] if other else i["valid"]
        return of(i["counts"].get("AGREE", 0), whole, i["valid"], i["households"])
    if code in ("I02", "I40"):
        top = i["returned"] if "returned" in i else i["valid"]
        bottom = i.get("issued", i.get("households", i.get("occupied")))
        return of(top, bottom, top, bottom)
    if code == "I25":
        return of(i["verified"], i["due"], i["due"])
    if code == "I32":
        return of(i["on_time"], i["due"], i["due"])
    if code == "I33" and other:
        return of(i["resolved"], i["closed"], i["closed"])
    if code == "I33":
        return of(i["solved"], i["answered"], i["answered"], i["answered"] + i["silent"])
    if code == "I34":
        return of(i["satisfied"], i["rated"], i["rated"], i["asked"])
    if code == "I35":
        whole = i["with_household"] if other else i["closed"]
        return of(i["repeated"], whole, whole)
    if code == "I36":
        events, months = i["events"], i["household_months"]
        return Decimal(events), Decimal(months) / 12, events, months
    if code == "I06":
        budget, contract = Decimal(i["budget"]), Decimal(i["contract"])
        return abs(budget - contract), contract if other else budget, None, None
    if code == "I08":
        return of(i["received"], i["investment"])
    if code == "I09":
        return of(i["spent"], i["received"])
    if code in ("I22", "I24"):
        return of(i["done"] is not None, 1)
    if code == "I29":
        size = i["households"] if other else 1
        return of(size if i["covered"] else 0, size)
    if code == "I30":
        return of(i["newly"], not i["covered_before"])
    if code in ("I18", "I19", "I20"):
        size = {"I18": 1, "I19": i.get("households"), "I20": i.get("area")}[code]
        return of(size if i["completed"] else 0, size)
    if code == "I27":
        now, before = i["beneficiaries"], i["a_year_before"]
        return of(now - before, before, now, now + i["waiting"])
    if code == "I05":
        return of(len(i["groups"]), len(i["groups"]) + len(i["lacking"]))
    if code == "I12":
        return of(len(i["public"]), len(i["required"]))
    if code == "I10":
        return of(len(i["public"]) - len(i["late"]), len(i["required"]))
    if code == "I04":
        return of(i["plan"], 1)
    if code == "I21":
        return of(i["done"] is not None and i["done"] <= i["deadline"], 1)
    if code == "I13":
        return of(i["ended"] - len(i["early"]), i["ended"])
    if code == "I17":
        kept = all(i["serving"][m] >= 2 and i["visits"][m] for m in i["serving"])
        return of(kept, 1)
    raise ValueError(f"no formula for {code} {variant}")


def by_method(method: str, known: dict[str, Any], unit: str, sums: Sums) -> Figure:
    """A figure that follows from its sums alone."""
    top, bottom, n, population = sums
    found: Figure = {"status": "OK", "reason": "", "n": n, "population": population}
    nothing = {"status": "NOT_APPLICABLE", "reason": "ZERO_DENOMINATOR"}
    if method in ("SAMPLE", "SAMPLE_OF_ALL"):
        n, population = n or 0, population or 0
        found |= {"n": n, "population": population}
        if not population:
            return found | nothing
        found |= {"numerator": top, "denominator": bottom}
        if n > population or top > n:
            return found | {"status": "DATA_ERROR", "reason": "OVER_100"}
        found["status"], found["reason"] = sample_status(n, population)
        if method == "SAMPLE_OF_ALL" or n:
            found["value"] = 100 * top / bottom
        if method == "SAMPLE" and n:
            bounds = wilson(int(top) / n, effective(n, population))
            found["low"], found["high"] = (100 * bound for bound in bounds)
        return found
    if method == "GROWTH":
        found |= {"numerator": top, "denominator": bottom}
        if not bottom:
            return found | {"status": "NOT_APPLICABLE", "reason": "NO_BASE"}
        if (n or 0) < (population or 0):
            found |= {"status": "PROVISIONAL", "reason": "NOT_ACCEPTED"}
        value = 100 * top / bottom
        return found | {"value": value, "low": value, "high": value}
    if not bottom:
        return found | nothing
    found |= {"numerator": top, "denominator": bottom}
    if method == "RATE":
        rate = float(1000 * top / bottom)
        factor = math.exp(Z / math.sqrt(top)) if top else None
        bounds_of = {"low": rate / factor, "high": rate * factor} if factor else {}
        return found | {"value": rate} | bounds_of
    value = 100 * top / bottom
    if value > 100 and unit == "%" and known["method"] != "GAP":
        found |= {"status": "DATA_ERROR", "reason": "OVER_100"}
    return found | {"value": value, "low": value, "high": value}


def reduction(variant: str, i: dict[str, Any]) -> Figure:
    """Events per household-year before and after the works."""
    before, after = i["before"], i["after"]
    eb, ea = before["events"], after["events"]
    yb, ya = before["household_months"] / 12, after["household_months"] / 12
    status, reason = "OK", ""
    if not yb or not ya:
        status, reason = "NOT_APPLICABLE", "ZERO_DENOMINATOR"
    elif not eb:
        status, reason = "NOT_APPLICABLE", "NO_BASELINE"
    elif eb + ea < 10:
        status, reason = "INSUFFICIENT", "POOLED"
    elif len(after["months"]) < 12:
        status, reason = "PROVISIONAL", "SHORT_WINDOW"
    homes = round(after["household_months"] / max(1, len(after["months"])))
    found: Figure = {"status": status, "reason": reason, "n": eb + ea, "population": homes}
    rate_b, rate_a = (eb / yb * 1000 if yb else None), (ea / ya * 1000 if ya else None)
    if variant == "main":
        if rate_b is not None:
            found["denominator"] = rate_b
            if rate_a is not None:
                found["numerator"] = rate_b - rate_a
        if status == "NOT_APPLICABLE":
            return found
        add = 0 if ea else 0.5
        centre = (ea + add) / (eb + add) * (yb / ya)
        factor = math.exp(Z * math.sqrt(1 / (eb + add) + 1 / (ea + add)))
        found["value"] = 100 * (1 - ea / eb * (yb / ya))
        return found | {"low": 100 * (1 - centre * factor), "high": 100 * (1 - centre / factor)}
    if variant == "after_rate":
        found["n"] = ea
        if rate_a is None:
            return found | {"status": "NOT_APPLICABLE", "reason": "ZERO_DENOMINATOR"}
        if status == "NOT_APPLICABLE":
            found |= {"status": "OK", "reason": ""}
        found |= {"numerator": 1000 * ea, "denominator": ya, "value": rate_a}
        if ea:
            wide = math.exp(Z / math.sqrt(ea))
            found |= {"low": rate_a / wide, "high": rate_a * wide}
        return found
    cb, ca = i["control"]["before"], i["control"]["after"]
    ratio = (ca["events"] / ca["household_months"]) / (cb["events"] / cb["household_months"])
    own = (ea / after["household_months"]) / (eb / before["household_months"])
    found["n"] = eb + ea + cb["events"] + ca["events"]
    return found | {"value": 100 * (1 - own / ratio)}


def recomputed(row: Row, known: dict[str, Any], inputs: dict[str, Any]) -> Figure:
    variant = known["variants"][row["variant"]]
    method = variant["method"]
    if method in ("STRATA", "INDEX"):
        found = answers(method == "STRATA", inputs)
    elif method in ("REDUCTION", "AFTER_RATE", "CONTROLLED"):
        found = reduction(row["variant"], inputs)
    else:
        sums = simple(row["indicator"], row["variant"], inputs)
        found = by_method(method, known, variant["unit"], sums)
    if found["status"] == "OK" and not is_final(row["freeze_date"], row["computed_on"]):
        found |= {"status": "PROVISIONAL", "reason": "OPEN"}
    return found


def answers(is_share: bool, i: dict[str, Any]) -> Figure:
    scale = 100 if is_share else 20
    if "counts" in i:
        counts, homes = i["counts"], i["households"]
        n = sum(counts.values())
        top = counts.get("5", 0) + counts.get("4", 0)
        if n > homes:
            error = {"status": "DATA_ERROR", "reason": "OVER_100"}
            return error | {"n": n, "population": homes}
        if is_share:
            found = community_share(top, n, homes)
        else:
            total = total_of([mean_stratum(homes, counts)], is_share=False)
            found = stratified(total, is_share, False, scale)
            top = sum(int(code) * count for code, count in counts.items())
        return found | {"numerator": top, "denominator": n}
    if "top" in i:
        found = community_share(i["top"], i["n"], i["households"])
        return found | {"numerator": i["top"], "denominator": i["n"]}
    if "published" in i:
        given = i["published"]
        total, homes = Total(), given["population"]
        spread = (float(given["error"] or 0) * homes) ** 2
        total.add(homes, float(given["value"] or 0) * homes, spread, given["n"], given["silent"])
        return stratified(total, is_share, given["one"], scale)
    if "strata" in i:
        total = total_of(map(stratum_of, i["strata"]), is_share)
        return stratified(total, is_share, total.strata == 1, scale)
    total = Total()
    for _code, sums in i["counties"]:
        total_from(sums, total)
    return stratified(total, is_share, False, scale)


def community_share(top: int, n: int, homes: int) -> Figure:
    status, reason = sample_status(n, homes)
    found: Figure = {"status": status, "reason": reason, "n": n, "population": homes}
    if n:
        low, high = wilson(top / n, effective(n, homes))
        found |= {"value": 100 * top / n, "low": 100 * low, "high": 100 * high}
    return found


def stratum_of(kept: Sequence[Any]) -> Stratum:
    _code, households, n, counted = kept
    if isinstance(counted, list):
        return households, n, float(counted[0]), float(counted[1])
    return share_stratum(households, n, counted)


def is_final(freeze: str, day: str) -> bool:
    return bool(freeze) and day >= freeze


# --- comparing ---


def near(left: Any, right: str, tolerance: float = 1.5e-6) -> bool:
    if left is None or right == "":
        return left is None and right == ""
    a, b = float(left), float(right)
    return abs(a - b) <= tolerance + 1e-11 * max(abs(a), abs(b))


def differences(row: Row, found: Figure) -> list[str]:
    wrong = [key for key in ("status", "reason") if found[key] != row[key]]
    loose = row["precision"] == "2"
    for key in ("value", "low", "high"):
        if not near(found.get(key), row[key], 0.026 if loose else 1.5e-6):
            wrong.append(key)
    if not loose:
        keys = ("numerator", "denominator")
        wrong += [key for key in keys if not near(found.get(key), row[key])]
    wrong += [key for key in ("n", "population") if not near(found.get(key), row[key])]
    return wrong


def attained(known: dict[str, Any], row: Row) -> Decimal | None:
    if not row["value"] or not row["target"] or row["status"] not in (*MEASURED, "DATA_ERROR"):
        return None
    value, target = Decimal(row["value"]), Decimal(row["target"])
    if known["variants"][row["variant"]]["direction"] == "DOWN":
        return FULL * target / value if value else FULL
    return max(NOTHING, FULL * value / target) if target else FULL


def canonical(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def hash_of(row: Row, inputs: Any) -> str:
    content = {
        "indicator": row["indicator"],
        "variant": row["variant"],
        "start": row["period_start"],
        "end": row["period_end"],
        "wave": row["wave"],
        "formula_version": row["formula_version"],
        "inputs": inputs,
    }
    return hashlib.sha256(canonical(content)).hexdigest()


# --- the whole ---


class Check:
    """All checks of a bundle; `problems` says what is wrong, `counts` how much was recomputed."""

    def __init__(self, bundle: Bundle) -> None:
        self.problems = changed_files(bundle.files)
        self.counts: dict[str, int] = defaultdict(int)
        self.bundle = bundle

    def run(self) -> None:
        steps: list[Callable[[], None]] = [self.read, self.figures, self.tallies, self.rollups]
        for step in [*steps, self.scores, self.seals]:
            try:
                step()
            except (KeyError, ValueError, ArithmeticError, TypeError, StopIteration) as error:
                name = type(error).__name__
                self.problems.append(f"{step.__name__}: cannot be checked ({name}: {error})")
                if step == self.read:
                    return

    def read(self) -> None:
        bundle = self.bundle
        self.known = {(d["code"], d["version"]): d for d in bundle.json("definitions")}
        self.rows = {row["id"]: row for row in bundle.table("measurements")}
        self.inputs = {row["id"]: json.loads(row["inputs"]) for row in bundle.table("inputs")}

    def definition(self, row: Row) -> dict[str, Any]:
        return self.known[row["indicator"], row["formula_version"]]

    def name(self, row: Row) -> str:
        of = f"{row['indicator']}/{row['variant']} {row['scope']} {row['period_end']}"
        return f"measurements.csv {row['id']} ({of})"

    def figures(self) -> None:
        for key, row in self.rows.items():
            if row["hidden"]:
                self.counts["hidden"] += 1
                continue
            inputs = self.inputs[key]
            if row["inputs_hash"] and hash_of(row, inputs) != row["inputs_hash"]:
                self.problems.append(f"inputs.csv {key}: not what the figure was made of")
            wrong = differences(row, recomputed(row, self.definition(row), inputs))
            if not near(shown(attained(self.definition(row), row)), row["attainment"]):
                wrong.append("attainment")
            if wrong:
                self.problems.append(f"{self.name(row)}: {', '.join(wrong)}")
            self.counts["figures"] += 1

    def tallies(self) -> None:
        """Every tally is what the figures of its survey and community were made from."""
        known = {(t["survey"], t["community"]): t for t in self.bundle.table("tallies")}
        for key, row in self.rows.items():
            tally = known.get((row["wave"], row["scope"]))
            if row["hidden"] or tally is None or not tally["counts"]:
                continue
            counts = json.loads(tally["counts"])
            told = self.inputs[key].get("counts")
            if told is not None and any(counts.get(k, 0) != n for k, n in told.items()):
                self.problems.append(f"tallies.csv {row['wave']} {row['scope']}: counts")
            self.counts["tallies"] += 1

    # --- 4. sums over places and projects ---

    def rollups(self) -> None:
        children: dict[str, list[str]] = defaultdict(list)
        for link in self.bundle.table("rollups"):
            children[link["parent"]].append(link["child"])
        rest = {row["parent"]: json.loads(row["sums"]) for row in self.bundle.table("remainders")}
        for key in sorted(set(children) | set(rest), key=int):
            row = self.rows[key]
            parts = [(self.rows[child], self.inputs[child]) for child in children[key]]
            if not self.adds_up(row, self.inputs[key], parts, rest.get(key)):
                self.problems.append(f"{self.name(row)}: is not the sum of its parts")
            self.counts["sums"] += 1

    def adds_up(
        self,
        row: Row,
        inputs: dict[str, Any],
        parts: list[tuple[Row, dict[str, Any]]],
        rest: dict[str, Any] | None,
    ) -> bool:
        known = self.definition(row)
        method = known["method"]
        below = [given for _row, given in parts] + ([rest] if rest else [])
        if method == "GAP":
            return all(
                sum(Decimal(b[k]) for b in below) == Decimal(inputs[k])
                for k in ("budget", "contract")
            )
        if method == "REDUCTION":
            return all(
                sum(b[side][k] for b in below) == inputs[side][k]
                for side in ("before", "after")
                for k in ("events", "household_months")
            )
        if method in ("STRATA", "INDEX"):
            return self.strata_add_up(method == "STRATA", inputs, parts, rest)
        top, bottom, n, population = NOTHING, NOTHING, 0, 0
        own = [inputs["own"]] if "own" in inputs else []
        for one in [*(r for r, _given in parts), *own, *([rest] if rest else [])]:
            top += Decimal(one["numerator"] or 0)
            bottom += Decimal(one["denominator"] or 0)
            n += int(one["n"] or 0)
            population += int(one["population"] or 0)
        return (
            near(top, inputs["numerator"])
            and near(bottom, inputs["denominator"])
            and n == (inputs["n"] or 0)
            and population == (inputs["population"] or 0)
        )

    def strata_add_up(
        self,
        is_share: bool,
        inputs: dict[str, Any],
        parts: list[tuple[Row, dict[str, Any]]],
        rest: dict[str, Any] | None,
    ) -> bool:
        if "published" in inputs:
            told = inputs["published"]
            n = sum(int(row["n"] or 0) for row, _given in parts) + (rest["n"] if rest else 0)
            asked = sum(int(row["population"] or 0) for row, _given in parts)
            asked += rest["population"] if rest else 0
            return bool(n == told["n"] and asked == told["population"] + told["silent"])
        if "counties" in inputs:
            total = Total()
            for _row, given in parts:
                total_from(given["total"], total)
        else:
            usable = [(r, g) for r, g in parts if r["status"] != "DATA_ERROR"]
            strata = [
                share_stratum(int(r["population"]), int(r["n"]), int(Decimal(r["numerator"] or 0)))
                if is_share
                else mean_stratum(int(r["population"]), g["counts"])
                for r, g in usable
            ]
            total = total_of(strata, is_share)
        told = inputs["total"]
        return bool(
            total.n == told["n"]
            and math.isclose(total.weighted, float(told["weighted"]), rel_tol=1e-9, abs_tol=1e-9)
            and math.isclose(
                total.variance, float(told["weighted_variance"]), rel_tol=1e-8, abs_tol=1e-9
            )
        )

    # --- 5. scores ---

    def scores(self) -> None:
        schemes = {(s["code"], s["version"]): s for s in self.bundle.json("schemes")}
        lines: dict[str, list[Row]] = defaultdict(list)
        for line in self.bundle.table("scores"):
            lines[line["card"]].append(line)
        months: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
        for row in self.rows.values():
            if row["variant"] == "main":
                key = (row["scope"], row["indicator"], row["period_end"][:4])
                months[key].append(row)
        for card in self.bundle.table("cards"):
            if card["withheld"]:
                continue
            scheme = schemes[card["scheme"], card["scheme_version"]]
            wrong = self.card_differs(card, scheme, lines[card["id"]], months)
            if wrong:
                of = f"{card['scope']} {card['year']} {card['scheme']}"
                self.problems.append(f"scores.csv card {card['id']} ({of}): {', '.join(wrong)}")
            self.counts["scores"] += 1

    def card_differs(
        self,
        card: Row,
        scheme: dict[str, Any],
        lines: list[Row],
        months: dict[tuple[str, str, str], list[Row]],
    ) -> list[str]:
        known_parts, wrong = {part["indicator"]: part for part in scheme["parts"]}, []
        parts = [
            known_parts[line["indicator"]] | {"weight": line["own_weight"]}
            for line in lines
            if line["indicator"] in known_parts
        ]
        if len(parts) != len(lines) or not fits(scheme, parts):
            return ["indicators"]
        for part, line in zip(parts, lines, strict=True):
            known = self.known[line["indicator"], part["version"]]
            found = self.given(card, known, line, months)
            if found is not None:
                value, status = found
                if not near(value, line["value"]) or status != line["status"]:
                    wrong.append(f"{line['indicator']} value")
        applies = [
            bool(line["band"])
            if self.known[line["indicator"], part["version"]]["rule"] == "S5"
            else line["status"] != "NOT_APPLICABLE" and line["target"] != ""
            for part, line in zip(parts, lines, strict=True)
        ]
        weights = spread(parts, applies)
        total, any_points = NOTHING, False
        for part, line, weight, ok in zip(parts, lines, weights, applies, strict=True):
            points = None
            if ok:
                known = self.known[line["indicator"], part["version"]]
                earned = shown(weight * share_of_points(known, line)) or NOTHING
                points = max(NOTHING, earned - Decimal(line["deduction"] or 0))
                total, any_points = total + Decimal(line["points"] or 0), True
            row = self.rows.get(line["measurement"])
            loose = 0.021 if row and row["precision"] == "2" else 1e-6
            if not near(points, line["points"], loose) or not near(weight, line["weight"]):
                wrong.append(f"{line['indicator']} points")
        if not near(total if any_points else None, card["total"]):
            wrong.append("total")
        grade = next((b["name"] for b in scheme["bands"] if total >= Decimal(b["floor"])), "")
        if any_points and grade != card["grade"]:
            wrong.append("grade")
        return wrong

    def given(
        self,
        card: Row,
        known: dict[str, Any],
        line: Row,
        months: dict[tuple[str, str, str], list[Row]],
    ) -> tuple[Any, str] | None:
        """The value and status a line stands on; None where there is no figure."""
        if not line["measurement"]:
            return None
        if not known["flow"]:
            row = self.rows[line["measurement"]]
            return (row["value"] or None), row["status"]
        rows = months[card["scope"], line["indicator"], card["year"]]
        sums: Sums = (
            Decimal(line["numerator"]),
            Decimal(line["denominator"]),
            int(line["n"]) if line["n"] else None,
            int(line["population"]) if line["population"] else None,
        )
        there = [row for row in rows if not row["hidden"]]
        told = sum((Decimal(row["numerator"] or 0) for row in there), NOTHING)
        if (told > sums[0] + SIX) or (len(there) == len(rows) and not near(told, str(sums[0]))):
            return None, "is not the sum of its months"
        variant = known["variants"]["main"]
        found = by_method(variant["method"], known, variant["unit"], sums)
        # Fifteen days after the year, or after its months, whichever is later.
        dates = [f"{int(card['year']) + 1}-01-15", *(row["freeze_date"] for row in rows)]
        final = is_final("" if "" in dates else max(dates), card["as_of"])
        if found["status"] == "OK" and not final:
            found["status"] = "PROVISIONAL"
        if found["status"] == "OK" and any(row["status"] == "PROVISIONAL" for row in rows):
            found["status"] = "PROVISIONAL"
        return found.get("value"), found["status"]

    # --- 6. sealed surveys ---

    def seals(self) -> None:
        for survey in self.bundle.table("surveys"):
            if not survey["merkle_root"]:
                continue
            text = self.bundle.files[f"data/leaves/{survey['slug']}.csv"].decode()
            rows = [line.split(",") for line in text.split("\r\n")[1:] if line]
            level = [
                hashlib.sha256(b"\x00" + bytes.fromhex(a) + bytes.fromhex(b)).digest()
                for a, b in rows
            ]
            if merkle(level) != survey["merkle_root"]:
                self.problems.append(f"surveys.csv {survey['slug']}: not the root of its answers")
            self.counts["seals"] += 1


def shown(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(CENT, rounding=ROUND_HALF_UP)


def share_of_points(known: dict[str, Any], line: Row) -> Decimal:
    rule = known["rule"]
    if rule == "S5":
        return Decimal(line["band"]) / FULL
    if line["status"] == "INSUFFICIENT" or not line["value"]:
        return NOTHING
    value, target = Decimal(line["value"]), Decimal(line["target"])
    if line["status"] == "DATA_ERROR":
        value = min(value, FULL)
    if rule in ("S1", "S3"):
        share = value / target if target else ONE
    elif rule == "S2":
        share = target / value if value else ONE
    else:
        share = (Decimal(30) - value) / Decimal(20)
    return max(NOTHING, min(ONE, share))


def fits(scheme: dict[str, Any], parts: Sequence[dict[str, Any]]) -> bool:
    """Whether these are the parts of the scheme, or, in the self-assessment, parts to which a
    target form gives the same points block by block."""

    def shares(rows: Sequence[dict[str, Any]]) -> list[tuple[str, Decimal]]:
        return [(row["indicator"], Decimal(row["weight"])) for row in rows]

    def blocks(rows: Sequence[dict[str, Any]]) -> dict[str, Decimal]:
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for row in rows:
            sums[row["level1"]] += Decimal(row["weight"])
        return sums

    if shares(parts) == shares(scheme["parts"]):
        return True
    codes = [row["indicator"] for row in parts]
    ordered = [row["indicator"] for row in scheme["parts"] if row["indicator"] in codes]
    return (
        scheme["code"] == "SELF" and codes == ordered and blocks(parts) == blocks(scheme["parts"])
    )


def spread(parts: Sequence[dict[str, Any]], applies: Sequence[bool]) -> list[Decimal]:
    """The weight of what does not apply goes to its group, then to its level, then to all."""
    pairs = zip(parts, applies, strict=True)
    weights = [Decimal(part["weight"]) if ok else NOTHING for part, ok in pairs]
    counted = {i for i, ok in enumerate(applies) if ok and Decimal(parts[i]["weight"])}
    if not counted:
        return [NOTHING] * len(parts)
    for depth in (2, 1, 0):
        groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for i, part in enumerate(parts):
            groups[(part["level1"], part["level2"])[:depth]].append(i)
        for members in groups.values():
            left = [i for i in members if i in counted]
            if left:
                whole = sum((Decimal(parts[i]["weight"]) for i in members), NOTHING)
                for i, share in zip(left, shared(whole, [weights[i] for i in left]), strict=True):
                    weights[i] = share
    return weights


def shared(points: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    total = sum(weights, NOTHING)
    if not total:
        return [NOTHING] * len(weights)
    exact = [points * weight / total for weight in weights]
    found = [share.quantize(CENT, rounding=ROUND_FLOOR) for share in exact]
    left = int((points - sum(found, NOTHING)) / CENT)
    order = sorted(range(len(exact)), key=lambda i: (found[i] - exact[i], i))
    for i in order[:left]:
        found[i] += CENT
    return found


def merkle(level: list[bytes]) -> str:
    if not level:
        return hashlib.sha256(b"").hexdigest()
    while len(level) > 1:
        pairs = [
            hashlib.sha256(b"\x01" + level[i] + level[i + 1]).digest()
            for i in range(0, len(level) - 1, 2)
        ]
        level = pairs + level[len(level) // 2 * 2 :]
    return level[0].hex()


def main(arguments: Sequence[str]) -> int:
    path = Path(arguments[0]) if arguments else Path(__file__).resolve().parent
    check = Check(Bundle(path))
    check.run()
    print(", ".join(f"{name}: {count}" for name, count in check.counts.items()))
    for problem in check.problems:
        print(f"WRONG  {problem}")
    print(
        "Not as it was written." if check.problems else "All figures recomputed; all files whole."
    )
    return 1 if check.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
