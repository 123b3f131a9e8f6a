"""Answers that somebody of a community would give to the two questionnaires (domain.md §3)."""

from dataclasses import dataclass
from random import Random
from typing import Any

from portal.demo.profiles import Profile
from portal.demo.texts.comments import intention_comment, satisfaction_comment
from portal.places.models import Household

Answers = dict[str, Any]
Weights = dict[str, int]

A2: Weights = {"OWNER": 62, "FAMILY": 20, "PUBLIC_TENANT": 6, "TENANT": 12}
A4: Weights = {"1": 22, "2": 38, "3": 24, "4": 11, "5": 5}
A6: Weights = {"LT5": 10, "5_10": 18, "10_20": 32, "GT20": 40}
A7: Weights = {
    "LEAKS": 46,
    "PLASTER": 30,
    "PIPES": 44,
    "HEATING": 38,
    "ROADS": 41,
    "PARKING": 48,
    "CABLES": 26,
    "LIGHTING": 22,
    "FIRE": 18,
    "LITTER": 20,
    "NO_MANAGEMENT": 28,
}
A9: Weights = {"QUALITY": 38, "DISRUPTION": 24, "COST": 30, "CONTENT": 20, "GREEN": 14, "OTHER": 8}
A10: Weights = {
    "ROOF": 52,
    "FACADE": 34,
    "STAIRWELL": 30,
    "WATER": 22,
    "DRAINAGE": 48,
    "HEAT": 42,
    "GAS": 12,
    "POWER": 16,
    "WIRING": 24,
    "FIREFIGHTING": 14,
    "SECURITY": 26,
    "ROAD": 46,
    "WASTE": 18,
}
A11: Weights = {
    "ILLEGAL": 14,
    "GREENING": 26,
    "STREETLIGHT": 24,
    "PARKING_SPACE": 46,
    "CHARGING": 30,
    "BARRIER_FREE": 24,
    "INSULATION": 36,
    "LIFT": 22,
    "FITNESS": 18,
    "PROPERTY_ROOM": 12,
}
A12: Weights = {
    "ELDERLY": 26,
    "CHILDCARE": 8,
    "MEALS": 18,
    "HEALTH": 14,
    "SHOP": 12,
    "PARCEL": 24,
    "SMART_SECURITY": 22,
}
SINGLES: dict[str, Weights] = {
    "A14": {"GREEN": 22, "BALANCE": 48, "PARKING": 30},
    "A15": {"SUPPORT_PAY": 14, "SUPPORT_NOT_PAY": 30, "NEUTRAL": 36, "OPPOSE": 20},
    "A16": {"YES": 64, "APPOINTMENT": 31, "NO": 5},
    "A17": {"YES": 30, "DEPENDS": 18, "NO": 6, "NOT_CONCERNED": 46},
    "A18": {"M2": 18, "M3_4": 34, "M5_6": 20, "QUALITY": 28},
    "A19": {"YES": 18, "DEPENDS": 40, "NO": 42},
    "A22": {
        "PROFESSIONAL": 34,
        "STATE": 22,
        "COMMITTEE": 20,
        "JOINT": 8,
        "SELF": 10,
        "NONE": 6,
    },
    "A23": {"0": 18, "LE030": 40, "031_050": 28, "051_080": 11, "GT080": 3},
    "A24": {"SUPPORT_STAND": 6, "SUPPORT": 50, "OPPOSE": 10, "UNKNOWN": 34},
}
A20: Weights = {"CASH": 26, "MAINTENANCE_FUND": 46, "HOUSING_FUND": 22, "PUBLIC_INCOME": 34}
A21: Weights = {"0": 6, "LE500": 38, "501_2000": 36, "2001_5000": 15, "GT5000": 5}

#: Likert questions: how far each lies from the overall impression, and how often it is "0".
LIKERT: dict[str, tuple[float, float]] = {
    "B18": (-0.08, 0.30),
    "B19": (-0.13, 0.12),
    "B2": (-0.03, 0.06),
    "B3": (-0.06, 0.08),
    "B4": (-0.07, 0.10),
    "B5": (-0.04, 0.04),
    "B6": (-0.03, 0.04),
    "B7": (-0.06, 0.04),
    "B8": (0.00, 0.05),
    "B9": (0.03, 0.02),
    "B10": (-0.01, 0.02),
    "B11": (-0.02, 0.03),
    "B12": (0.02, 0.03),
    "B13": (-0.02, 0.06),
    "B14": (-0.16, 0.15),
    "B15": (-0.03, 0.02),
    "B16": (-0.07, 0.12),
    "B17": (-0.01, 0.03),
    "B20": (-0.12, 0.25),
}
CORE = ("B18", "B19")
B22: Weights = {
    "C10": 16,
    "C11": 8,
    "C12": 18,
    "C13": 6,
    "C14": 20,
    "C16": 6,
    "C17": 15,
    "C18": 12,
    "C20": 26,
    "C22": 13,
    "C26": 15,
    "OTHER": 5,
}
GOES_ON = 0.62  # share of those who answer the rest after the core of the satisfaction survey
COMMENTS = 0.16


@dataclass(frozen=True)
class Home:
    """What answers need of a household."""

    household: Household
    profile: Profile


def intention_answers(home: Home, rng: Random, *, on_paper: bool) -> Answers:
    answers: Answers = {"A2": _one(A2, rng), "A3": area_band(home.household)}
    answers["A4"] = int(_one(A4, rng))
    answers["A5"] = _household_has(rng)
    answers["A6"] = _one(A6, rng)
    answers["A7"] = _some(A7, rng, most=5)
    answers["A8"] = _consent(home.profile.consent, rng)
    if answers["A8"] in {"CONDITIONAL", "DISAGREE"}:
        answers["A9"] = _some(A9, rng, most=2)
    answers["A10"], answers["A11"] = _some(A10, rng, most=6), _some(A11, rng, most=4)
    answers["A12"] = _some(A12, rng, most=3)
    wanted = [*answers["A10"], *answers["A11"], *answers["A12"]]
    answers["A13"] = rng.sample(wanted, min(3, len(wanted)))
    for key, weights in SINGLES.items():
        answers[key] = _one(weights, rng)
    if answers["A19"] != "NO":
        answers["A20"], answers["A21"] = _some(A20, rng, most=2), _one(A21, rng)
    if rng.random() < COMMENTS:
        answers["A25"] = intention_comment(rng)
    if on_paper:  # people skip questions on paper
        for key in [key for key in answers if key not in {"A8", "A19"} and rng.random() < 0.06]:
            del answers[key]
    return answers


def satisfaction_answers(satisfied: float, rng: Random) -> Answers:
    overall = _score(satisfied, rng)
    answers: Answers = {"B1": str(overall)}
    goes_on = rng.random() < GOES_ON
    for key, (offset, not_applicable) in LIKERT.items():
        if key in CORE or goes_on:
            answers[key] = _likert(overall, satisfied + offset, not_applicable, rng)
    answers["B21"] = _compared(overall, rng)
    if rng.random() < 0.25 + 0.12 * (5 - overall):
        answers["B22"] = _some(B22, rng, most=3)
    if goes_on:
        answers["B23"] = _one({"NONE": 74, "SOLVED": 13, "PARTLY": 8, "UNSOLVED": 5}, rng)
        answers["B24"] = _one({"YES": 44, "NO": 22, "UNKNOWN": 34}, rng)
        if rng.random() < COMMENTS:
            answers["B25"] = satisfaction_comment(overall, rng)
    return answers


def area_band(household: Household) -> str:
    area = household.floor_area
    for limit, band in ((50, "LT50"), (70, "50_70"), (90, "70_90"), (120, "90_120")):
        if area < limit:
            return band
    return "GT120"


def _consent(share: float, rng: Random) -> str:
    if rng.random() < share:
        return "AGREE"
    return _one({"CONDITIONAL": 55, "DISAGREE": 22, "UNDECIDED": 23}, rng)


def _household_has(rng: Random) -> list[str]:
    found = [
        code for code, share in (("OVER60", 0.56), ("PRESCHOOL", 0.11)) if rng.random() < share
    ]
    return found or ["NONE"]


def _score(satisfied: float, rng: Random) -> int:
    if rng.random() < satisfied:
        return 5 if rng.random() < 0.42 else 4
    return rng.choices((3, 2, 1), (62, 26, 12))[0]


def _likert(overall: int, satisfied: float, not_applicable: float, rng: Random) -> str:
    """Mostly near the overall score: people who are content with one thing are with others."""
    if rng.random() < not_applicable:
        return "0"
    own = _score(max(0.2, satisfied), rng)
    return str(
        own if rng.random() < 0.5 else max(1, min(5, overall + rng.choice((-1, 0, 0, 0, 1))))
    )


def _compared(overall: int, rng: Random) -> str:
    better = {5: 80, 4: 55, 3: 18, 2: 6, 1: 2}[overall]
    same = {5: 2, 4: 6, 3: 32, 2: 44, 1: 34}[overall]
    worse = {5: 0, 4: 0, 3: 6, 2: 20, 1: 40}[overall]
    weights = {"MUCH_BETTER": better, "BETTER": 100 - better - same - worse, "SAME": same}
    return _one({**weights, "WORSE": worse}, rng)


def _one(weights: Weights, rng: Random) -> str:
    return rng.choices(list(weights), list(weights.values()))[0]


def _some(weights: Weights, rng: Random, *, most: int) -> list[str]:
    """Codes in the order of the options, each with its share in a hundred; at least one."""
    chosen = [code for code, share in weights.items() if rng.random() * 100 < share]
    if len(chosen) > most:
        keep = set(rng.sample(chosen, most))
        chosen = [code for code in chosen if code in keep]
    return chosen or [_one(weights, rng)]
