"""What “ask now” came to, in words: who is asked, and who is not and until when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from tracking.portal import dates
from tracking.shipments.carrier_facts import carrier_name
from tracking.shipments.scheduling.refreshing import Hold, Refresh

_WAITS: dict[Hold, str] = {
    Hold.FRESH: gettext_noop("{carrier} has just been asked; again from {time} on."),
    Hold.RESTS: gettext_noop("{carrier} does not answer at the moment, or asks us to wait; next at {time}."),
    Hold.SPENT: gettext_noop("{carrier}'s calls are used up; next at {time}."),
    Hold.OFTEN: gettext_noop("This parcel was asked for often today; {carrier} is asked by plan until {time}."),
}


def words(told: Refresh, zone: str, now: datetime) -> list[tuple[bool, str]]:
    """(whether it went well, a sentence), the asked ones first; never empty. Times are the merchant's."""
    found: list[tuple[bool, str]] = []
    if told.legs_due:
        text = ngettext(
            "{n} carrier is asked now. The answer takes some seconds.",
            "{n} carriers are asked now. The answers take some seconds.",
            told.legs_due,
        )
        found.append((True, text.format(n=told.legs_due)))
    moment = _moment(zone, now)
    for wait in told.waits:
        text = _(_WAITS[wait.why]).format(carrier=carrier_name(wait.carrier), time=moment(wait.until))
        found.append((wait.why is Hold.FRESH, text))
    return found or [(False, _("Nobody can be asked. The legs below say why."))]


def _moment(zone: str, now: datetime) -> Callable[[datetime], str]:
    def shown(at: datetime) -> str:
        local = dates.at(at, zone)
        if at - now < timedelta(hours=24):
            return dates.clock_time(local)
        return f"{dates.day(local.date())}, {dates.clock_time(local)}"

    return shown
