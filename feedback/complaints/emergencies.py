"""Whom to call at once: the national numbers, and those of the nearest place for each service."""

from dataclasses import dataclass

from feedback.complaints.models import Category, EmergencyNumber
from feedback.complaints.states import Due, Service
from portal.places.models import Place

#: Valid in the whole country; a place may set another one.
NATIONAL = {Service.FIRE: "119", Service.AMBULANCE: "120", Service.POLICE: "110"}
#: Category → services besides the fire brigade and the ambulance, the first to be called first.
OF_CATEGORY = {
    "C04": (Service.POLICE,),
    "C11": (Service.POLICE,),
    "C12": (Service.WATER,),
    "C13": (Service.WATER,),
    "C14": (Service.HEATING,),
    "C15": (Service.GAS,),
    "C16": (Service.POWER,),
}
ALWAYS = (Service.FIRE, Service.AMBULANCE)


@dataclass(frozen=True)
class Emergency:
    service: Service
    number: str

    @property
    def label(self) -> str:
        return str(self.service.label)


def emergencies(place: Place) -> list[Emergency]:
    """Every service that has a number for `place`, its own repair services first. One query."""
    above = Place.objects.above(place).order_by().values("pk")
    nearest = EmergencyNumber.objects.filter(place__in=above).order_by("place__depth", "pk")
    numbers = {**NATIONAL, **{Service(row.service): row.number for row in nearest}}
    order = [one for one in Service if one not in NATIONAL] + list(NATIONAL)
    return [Emergency(one, numbers[one]) for one in order if one in numbers]


def services_of(category: Category) -> tuple[Service, ...]:
    """Who is called about danger of this kind; none where nothing of it can be dangerous."""
    if category.due != Due.P0 and not category.danger_zh:
        return ()
    return (*OF_CATEGORY.get(category.pk, ()), *ALWAYS)


def to_call(place: Place, category: Category) -> list[Emergency]:
    """Of `emergencies`, those for danger of this kind."""
    wanted = services_of(category)
    return [one for one in emergencies(place) if one.service in wanted]
