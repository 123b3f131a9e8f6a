"""The counts of I32–I34 for one period, summed from those the figures are made of."""

from collections import Counter
from dataclasses import asdict
from datetime import date, datetime, time, timedelta

from feedback.complaints.deadlines import LOCAL
from feedback.complaints.queries import CaseRates
from feedback.indicators.figures.case_months import case_months
from portal.common.periods import Period
from portal.places.models import Place


def case_rates(place: Place, period: Period, as_of: date | datetime) -> CaseRates:
    """Of everything under `place`, in the months of `period`. A date `as_of` means the end of that
    day; nothing later is looked at."""
    moment = as_of
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment + timedelta(days=1), time.min, LOCAL)
    communities = list(Place.objects.under(place).communities())
    total = Counter()
    for months in case_months(communities, lambda _month: moment, moment).values():
        for month, rates in months.items():
            if period.start <= month <= period.end:
                total.update(asdict(rates))
    return CaseRates(**total)
