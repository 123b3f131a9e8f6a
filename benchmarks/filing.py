"""Filing a complaint without a photo, against Wagtail's FormPage with the same fields.

A form of Wagtail's is a page, found by its way through the tree: that of a community stands below
the community's page, as everything of a community does here. It is measured there, and below the
home page, too, where the way is shortest.

Both go through the whole stack (web server, middleware, form, database, answer) on the same server
and database, in turns, so that a busy moment of the machine is shared; each in the form browsers
send it in, which is urlencoded for words alone. Without script the second post is measured, the one
that files. `python benchmarks/filing.py` alone; DATABASE_URL and REDIS_URL say on what, in a
database of its own.
"""

import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

Row = tuple[str, str, str, bool]
#: Where a form of a community stands in the site: below its county and the community.
IN_PLACE = ("county", "community")
FIELDS = [
    ("What is wrong?", "multiline", True, ""),
    ("Which building?", "dropdown", False, ""),
    ("Household code", "singleline", False, ""),
    ("How may we reach you?", "radio", True, "NONE,PHONE,VISIT"),
    ("Your phone number", "singleline", False, ""),
    ("They may get my number", "checkbox", False, ""),
    ("Since when?", "date", False, ""),
    ("Which room?", "singleline", False, ""),
    ("When does it leak?", "radio", False, "rain,always,unsure"),
]
TEXT = "屋顶漏水，小卧室顶上湿了一大片，下雨就滴，已经三天了，请尽快来看看。"


def filing_against_form_page(rounds: int = 7, seconds: float = 3.0) -> list[Row]:
    """Both posted to the same server by clients that send at the same time, in turns."""
    from benchmarks.serving import Way, compared, in_turns, post, server, stores
    from feedback.complaints.models import Complaint
    from portal.intake.receipts import new_key
    from portal.places.models import Building, StaleMark

    building = Building.objects.select_related("place").order_by("pk")[0]
    url = f"/complaints/new/?place={building.place.code}&category=C10"
    page, names = form_page(building.name, above=IN_PLACE)
    shortest, _same = form_page(building.name)
    values = [TEXT, building.name, "", "NONE", "", "", "2026-01-05", "小卧室", "rain"]
    given = {name: value for name, value in zip(names, values, strict=True) if value}
    given["csrfmiddlewaretoken"] = token = "a" * 32

    def filed(**headers: str) -> bytes:
        fields = {
            "intake_key": new_key(), "text": TEXT, "building": str(building.pk),
            "contact_wish": "NONE", "extra_room": "小卧室", "extra_rain": "rain",
            "extra_since": "2026-01-05",
        }  # fmt: skip
        return post(url, fields, **headers)

    ours = Way("ours", lambda: filed(**{"X-Intake": "script"}), b"X-Intake: stored")
    plain = Way("without script", filed, b"X-Intake: stored")
    theirs = Way("theirs", lambda: post(page, given, Cookie=f"csrftoken={token}"), b"Thank you")
    short = Way("short", lambda: post(shortest, given, Cookie=f"csrftoken={token}"), b"Thank you")
    before, marks = Complaint.objects.count(), StaleMark.objects.count()
    with server() as port:
        in_turns(port, [ours, theirs, plain, short], rounds=rounds, seconds=seconds)
    sent = ours.sent + plain.sent
    assert Complaint.objects.count() == before + sent
    assert StaleMark.objects.count() == marks + sent
    name = f"Filing a complaint, against Wagtail's FormPage of the community ({stores()})"
    return [
        compared(name, "5 times the rate", ours, theirs, 5),
        compared("The same without script, with the whole page", "", plain, theirs, 0),
        compared("Filing, against a FormPage right below the home page", "", ours, short, 0),
    ]


def submissions_against_form_page(rounds: int = 7, seconds: float = 3.0) -> list[Row]:
    """A survey's answers with a household code each, against a form page with as many fields.

    Every household answers once, as in use; how many are needed is not known before, so there are
    as many as no run comes to.
    """
    from django.utils import timezone

    from benchmarks.serving import Way, compared, in_turns, post, server, stores
    from feedback.surveys.models import Participation, Response
    from feedback.surveys.questionnaire import Type
    from portal.demo import factories
    from portal.intake.receipts import new_key
    from portal.places.codes import household_code
    from portal.places.models import Building, Household, Place

    community = Place.objects.communities().order_by("path")[0]
    survey = factories.published_survey(
        "SATISFACTION", community, now=timezone.now(), slug="benchmark-survey"
    )
    questionnaire = survey.current_questionnaire()
    assert questionnaire is not None
    definition = questionnaire.compiled()
    chosen = {
        question.key: question.options[0].code
        for question in definition.asked()
        if question.type in (Type.SINGLE, Type.LIKERT, Type.MULTIPLE) and not question.show_if
    }
    chosen = dict(list(chosen.items())[:10])
    first = Building.objects.filter(place=community).order_by("pk")[0]
    made = Household.objects.bulk_create(
        factories.HouseholdFactory.build(
            building=first, room=f"b{number}", register_number=90_000_000 + number
        )
        for number in range(int(1500 * rounds * seconds) + 3000)
    )
    url = f"/surveys/{survey.slug}/{community.code}/"
    fields = [(key, "dropdown", True, code) for key, code in chosen.items()]
    page, names = form_page("", "benchmark-survey-form", fields, above=IN_PLACE)
    shortest, _same = form_page("", "benchmark-survey-form-below-home", fields)
    given = dict(zip(names, chosen.values(), strict=True))
    given["csrfmiddlewaretoken"] = token = "a" * 32
    answers = {f"q-{key}": code for key, code in chosen.items()}

    def sent(home: Household) -> bytes:
        own = {"move": "commit", "code": household_code(home), "intake_key": new_key()}
        return post(url, own | answers, **{"X-Intake": "script"})

    # Written before the clock runs, as the other's: clients share the processors.
    waiting = iter([sent(home) for home in made])
    ours = Way("ours", lambda: next(waiting), b"X-Intake: stored")
    form = post(page, given, Cookie=f"csrftoken={token}")
    theirs = Way("theirs", lambda: form, b"Thank you")
    below_home = post(shortest, given, Cookie=f"csrftoken={token}")
    short = Way("short", lambda: below_home, b"Thank you")
    before = Response.objects.count(), Participation.objects.count()
    with server() as port:
        in_turns(port, [ours, theirs, short], rounds=rounds, seconds=seconds)
    after = Response.objects.count(), Participation.objects.count()
    assert after == (before[0] + ours.sent, before[1] + ours.sent)
    survey_of = f"A survey of {len(chosen)} questions, against"
    return [
        compared(
            f"{survey_of} Wagtail's FormPage of the community ({stores()})",
            "5 times the rate",
            ours,
            theirs,
            5,
        ),
        compared(f"{survey_of} a FormPage right below the home page", "", ours, short, 0),
    ]


def form_page(
    building: str,
    slug: str = "benchmark-form",
    fields: list[tuple[str, str, bool, str]] = FIELDS,
    *,
    above: Sequence[str] = (),
) -> tuple[str, list[str]]:
    """(address, names of its fields) of a form page; `above` are the pages between it and the home
    page, which have no fields of their own."""
    from wagtail.models import Page, Site

    from benchmarks.form_page.models import ComplaintFormField, ComplaintFormPage, PlacePage

    parent: Page = Site.objects.get(is_default_site=True).root_page.specific
    for name in above:
        found = parent.get_children().filter(slug=f"benchmark-{name}").first()
        parent = found or parent.add_child(instance=PlacePage(title=name, slug=f"benchmark-{name}"))
    page = ComplaintFormPage(title="Benchmark", slug=slug)
    parent.add_child(instance=page)
    for order, (label, kind, required, choices) in enumerate(fields):
        ComplaintFormField.objects.create(
            page=page, sort_order=order, label=label, field_type=kind, required=required,
            choices=choices or (building if kind == "dropdown" else ""),
        )  # fmt: skip
    names = [field.clean_name for field in page.form_fields.order_by("sort_order")]
    return page.url, names


def neighbourhood() -> None:
    """One community with a building, where no demonstration was seeded."""
    from portal.demo import factories

    city = factories.place("CITY", code="1402", name="大同市")
    county = factories.place("COUNTY", city, code="140213", name="平城区")
    community = factories.place("COMMUNITY", county, code="PC001", name="和顺里小区")
    factories.BuildingFactory(place=community, name="1号楼")


def _head() -> list[str]:
    about = (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, Python {platform.python_version()}, "
        f"{platform.machine()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the "
        "end. Made by `python benchmarks/filing.py`."
    )
    return [about, "", "| what | goal | measured | met |", "|---|---|---|---|"]


def met(goal: str, met: bool) -> str:
    return "" if not goal else "yes" if met else "**no**"


def results_put(title: str, text: str) -> None:
    """Put the section `title` of RESULTS.md in place of the one of an earlier run."""
    file = Path(__file__).resolve().parent / "RESULTS.md"
    first, *sections = file.read_text().split("\n## ")
    kept = [one for one in sections if not one.startswith(f"{title}\n")]
    file.write_text("\n## ".join([first, *kept, f"{title}\n\n{text}"]))


def main() -> int:
    from django.core.management import call_command

    from benchmarks.database import temporary_database

    call_command("compile_catalogue")
    call_command("collectstatic", interactive=False, verbosity=0)
    remove = temporary_database()
    try:
        neighbourhood()
        rows = filing_against_form_page(*((2, 1.0) if "--quick" in sys.argv else (7, 3.0)))
        rows += submissions_against_form_page(*((2, 1.0) if "--quick" in sys.argv else (7, 3.0)))
    finally:
        remove()
    lines = [f"| {what} | {goal} | {got} | {met(goal, ok)} |" for what, goal, got, ok in rows]
    text = "\n".join([*_head(), *lines, ""])
    sys.stdout.write(text)
    if "--quick" not in sys.argv:
        results_put("Submissions", text)
    return 0 if all(row[3] for row in rows) else 1


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from benchmarks.alone import run_alone

    run_alone("filing", main)
