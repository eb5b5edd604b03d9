"""Small texts of the console: ages, delays, days, states. Short, because they stand in tables."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from babel.dates import format_skeleton
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from carriers.vocabulary import EventCode, Reason, Status
from tracking.portal import dates, wording
from tracking.portal.buyer import sentences
from tracking.rules.attention import Attention
from tracking.rules.facts import Channel, Evidence, LegRole
from tracking.shipments.models import Leg, Shipment
from tracking.shipments.recording.reading import known_code

REASONS: dict[Attention, str] = {
    Attention.ACTION_NEEDED: gettext_noop("Action needed"),
    Attention.HELD: gettext_noop("Held"),
    Attention.FAILED: gettext_noop("Delivery failed"),
    Attention.RETURNING: gettext_noop("Returning"),
    Attention.LATE: gettext_noop("Late"),
    Attention.SILENT: gettext_noop("No signal"),
    Attention.UNKNOWN_CODE: gettext_noop("Unknown wording"),
    Attention.CARRIER_TROUBLE: gettext_noop("Carrier trouble"),
}

ROLES: dict[str, str] = {
    LegRole.FIRST_MILE.value: gettext_noop("First mile"),
    LegRole.LINEHAUL.value: gettext_noop("Line-haul"),
    LegRole.LAST_MILE.value: gettext_noop("Last mile"),
    LegRole.RETURN.value: gettext_noop("Return"),
    LegRole.DOOR_TO_DOOR.value: gettext_noop("Door to door"),
}

CHANNELS: dict[str, str] = {
    Channel.POLL.value: gettext_noop("asked"),
    Channel.PUSH.value: gettext_noop("pushed"),
    Channel.MERCHANT.value: gettext_noop("told by the merchant"),
    Channel.OPS.value: gettext_noop("told by operations"),
}

SUBSCRIPTIONS: dict[str, str] = {
    Leg.Subscription.WANTED.value: gettext_noop("asked to push"),
    Leg.Subscription.ACTIVE.value: gettext_noop("pushed"),
    Leg.Subscription.REFUSED.value: gettext_noop("refused to push"),
}

FAILURES: dict[str, str] = {
    "not_found": gettext_noop("The carrier does not know the number"),
    "try_later": gettext_noop("The carrier cannot be asked now"),
    "refused": gettext_noop("The carrier refuses us"),
    "bad_answer": gettext_noop("The answer cannot be read"),
    "missing_field": gettext_noop("Something is missing beside the number"),
    "carrier_error": gettext_noop("The carrier answers with an error"),
}

WHY_NOT_ASKED: dict[str, str] = {
    "carrier_unknown": gettext_noop("Nobody asks: the carrier is not known. Choose one below."),
    "no_adapter": gettext_noop("Nobody asks: we speak no API of this carrier. Its news comes through others."),
    "no_account": gettext_noop("Nobody asks: you have no account with this carrier here."),
    "account_refused": gettext_noop("Nobody asks: the carrier refuses your account's credentials."),
    "account_paused": gettext_noop("Nobody asks: your account with this carrier is paused."),
}

EVIDENCE: dict[str, str] = {
    Evidence.REGISTERED.value: gettext_noop("Named when the shipment was registered"),
    Evidence.MERCHANT.value: gettext_noop("Named by the merchant"),
    Evidence.OPS.value: gettext_noop("Named by operations"),
    Evidence.SAME_S10.value: gettext_noop("Linked by the same S10 number at the destination's post"),
}


def look_of(shipment: Shipment) -> sentences.Look:
    """The tag of a row: what needs people first, then silence, then the state."""
    status = Status(shipment.status)
    first = shipment.attention[0] if shipment.attention else ""
    if first == Attention.ACTION_NEEDED:
        return sentences.ACTION_NEEDED
    if status is Status.EXCEPTION:
        return sentences.LOOK_OF_CODE.get(known_code(shipment.event_code), sentences.LOOKS[status])
    if status is Status.IN_TRANSIT and Attention.SILENT in shipment.attention:
        return sentences.NO_SIGNAL
    return sentences.LOOKS[status]


def event_label(code: str) -> str:
    """What happened, in the reader's language; "" where nothing has."""
    return wording.label(known_code(code)) if code else ""


def reason_label(reason: str) -> str:
    """Why, in the reader's language; "" where nobody said."""
    return wording.label(Reason(reason)) if reason in Reason._value2member_map_ else ""


def status_label(status: str) -> str:
    """Where it stands, in the reader's language."""
    return wording.label(Status(status)) if status in Status._value2member_map_ else status


def failure_label(kind: str) -> str:
    """What a failed call to a carrier means."""
    return _(FAILURES.get(kind, gettext_noop("The call to the carrier failed"))) if kind else ""


def short_day(value: date) -> str:
    """“25 Nov”, “11月25日”."""
    return str(format_skeleton("MMMd", datetime(value.year, value.month, value.day), locale=dates.locale()))  # noqa: DTZ001


def age(length: timedelta) -> str:
    """“40 s”, “16 min”, “5 h”, “3 d”: never negative, whole units, rounded down."""
    seconds = max(int(length.total_seconds()), 0)
    for size, words in ((86_400, _("{n} d")), (3_600, _("{n} h")), (60, _("{n} min"))):
        if seconds >= size:
            return words.format(n=seconds // size)
    return _("{n} s").format(n=seconds)


def days_late(count: int) -> str:
    """“+2 d late”."""
    return ngettext("+{n} d late", "+{n} d late", count).format(n=count)


def moment(value: datetime, zone: str) -> str:
    """“Mon 23 Nov, 11:30”, in the merchant's zone."""
    local = dates.at(value, zone)
    return _("{day}, {time}").format(day=dates.day(local.date()), time=dates.clock_time(local))


def is_told_code(code: EventCode) -> bool:
    """Whether people may tell it: not what is said about tracking itself."""
    return code is not EventCode.UNKNOWN and not code.value.startswith("tracking.")


def size(octets: int) -> str:
    """“812 B”, “14 kB”, “2.1 MB”."""
    if octets < 1_000:
        return f"{octets} B"
    return f"{octets / 1_000:.0f} kB" if octets < 1_000_000 else f"{octets / 1_000_000:.1f} MB"
