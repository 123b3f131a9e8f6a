"""What is wrong with a register file or a row of it, in the language of whoever reads it."""

from typing import Any

from django.utils.translation import gettext, gettext_noop

from portal.common.sheets import notes

#: Code → the sentence shown, beside those of every uploaded table. Parameters are %(name)s.
MESSAGES = {
    **notes.MESSAGES,
    "register_changed": gettext_noop("The register changed in the meantime. Check the file again."),
    "date_order": gettext_noop("The home ends on or before the day it begins"),
    "occupancy_future": gettext_noop("The day of the occupancy lies in the future"),
    "twice_in_file": gettext_noop("The same home stands in row %(row)s already"),
    "place_unknown": gettext_noop("There is no community with the code %(code)s"),
    "parent_unknown": gettext_noop("There is no place with the code %(code)s to put it under"),
    "parent_level": gettext_noop("%(code)s can't have a community below it"),
    "not_a_community": gettext_noop("%(code)s is not a community"),
    "name_differs": gettext_noop("%(code)s is called “%(name)s” in the register"),
    "name_differs_in_file": gettext_noop("%(code)s has another name in row %(row)s"),
    "no_right": gettext_noop("You may not change the register of %(name)s"),
    "area_needed": gettext_noop("A new home needs its floor area"),
    "overlaps": gettext_noop("Another home of this room ended only on %(day)s"),
    "already_ended": gettext_noop("This home is not in the register, so it can't be ended"),
    # of a change
    "community_new": gettext_noop("New community"),
    "building_new": gettext_noop("New building"),
    "changed": gettext_noop("%(column)s: %(old)s → %(new)s"),
}


def sentence(note: dict[str, Any]) -> str:
    """A stored note in the language of whoever reads it.

    Names of columns and choices among the parameters are translated, too.
    """
    from portal.places.register.columns import label_of

    params = {name: label_of(value) for name, value in note.get("params", {}).items()}
    return gettext(MESSAGES[note["code"]]) % params
