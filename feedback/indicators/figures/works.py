"""I18–I20 and I30 of communities and I27 of projects: what was built, and for whom."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from feedback.indicators.definitions import definition_on
from feedback.indicators.figures.exposure import Steps, household_steps, households_on
from feedback.indicators.figures.figure import Figure, Sums, calendar_frame
from feedback.indicators.figures.projects import periods_to
from portal.places.models import Place
from portal.projects import queries
from portal.projects.models import RenovationProject


def community_figures(communities: Sequence[Place], today: date) -> dict[int, list[Figure]]:
    """Community pk → I18, I19, I20 of every month since its project began, and I30 of every
    quarter since its completion. Three queries."""
    works = queries.community_works(communities)
    if not works:
        return {}
    households = household_steps([place for place in communities if place.pk in works])
    takeovers = queries.takeover_spans(communities)
    return {
        pk: [
            *_completion(one, households[pk], today),
            *_taken_over(one, takeovers.get(pk, []), today),
        ]
        for pk, one in works.items()
    }


def _completion(works: queries.CommunityWorks, households: Steps, today: date) -> list[Figure]:
    """The sums of one community: all of it, or nothing of it."""
    if works.begun is None or works.begun > today:
        return []
    figures = []
    for period in periods_to("MONTH", works.begun, today):
        until = min(period.end, today)
        done = works.is_completed(until)
        homes = Decimal(households_on(households, until))
        for code, size, inputs in (
            ("I18", Decimal(1), {}),
            ("I19", homes, {"households": int(homes)}),
            ("I20", works.area, {"area": str(works.area)}),
        ):
            frame = calendar_frame(definition_on(code, period.start), period, today)
            completed = {
                "completed": works.completed.isoformat() if works.completed and done else None
            }
            figures.append(
                frame.share("main", Sums(size if done else Decimal(0), size), completed | inputs)
            )
    return figures


def _taken_over(
    works: queries.CommunityWorks, spans: Sequence[queries.TakeoverSpan], today: date
) -> list[Figure]:
    """I30. Who had property management before the works is out of it: the first takeover says so,
    also once it has expired or another company has followed."""
    if works.completed is None or works.completed > today:
        return []
    figures = []
    for period in periods_to("QUARTER", works.completed, today):
        until = min(period.end, today)
        before = any(span.first <= until and not span.newly for span in spans[:1])
        newly = not before and any(span.is_active(until) for span in spans)
        frame = calendar_frame(definition_on("I30", period.start), period, today)
        sums = Sums(Decimal(newly), Decimal(not before))
        figures.append(frame.share("main", sums, {"covered_before": before, "newly": newly}))
    return figures


def project_figures(projects: Sequence[RenovationProject], today: date) -> dict[int, list[Figure]]:
    """Project pk → I27 of every year since its works began. Three queries."""
    works = queries.project_works(projects)
    keys = {one.community_id for rows in works.values() for one in rows}
    households = household_steps(list(Place.objects.filter(pk__in=keys).order_by("path")))
    return {
        project.pk: _growth(project, works[project.pk], households, today)
        for project in projects
        if project.pk in works
    }


def _growth(
    project: RenovationProject,
    works: Sequence[queries.CommunityWorks],
    households: dict[int, Steps],
    today: date,
) -> list[Figure]:
    begun = min((one.begun for one in works if one.begun), default=None)
    if begun is None or begun > today:
        return []

    def homes(day: date) -> tuple[int, int]:
        """Households of accepted works, and of completed ones."""
        done = [one for one in works if one.is_completed(day)]
        count = sum(households_on(households[one.community_id], day) for one in done)
        accepted = project.accepted_date is not None and project.accepted_date <= day
        return (count if accepted else 0), count

    figures = []
    for period in periods_to("YEAR", begun, today):
        before, _completed = homes(period.start - timedelta(days=1))
        now, completed = homes(min(period.end, today))
        inputs = {"beneficiaries": now, "a_year_before": before, "waiting": completed - now}
        frame = calendar_frame(definition_on("I27", period.start), period, today)
        sums = Sums(Decimal(now - before), Decimal(before), n=now, population=completed)
        figures.append(frame.share("main", sums, inputs))
    return figures
