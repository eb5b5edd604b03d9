"""What somebody typed into the look-up -> our number, or which part of it is wrong.

Naming the wrong group gives nothing away: a number has 80 random bits, look-ups are counted, and the right symbols are
never shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django_scopes import scopes_disabled

from carriers import numbers
from tracking.rules.shipment_number import ALPHABET, LENGTH, clean, group, looks_like, neighbours, problem
from tracking.shipments.carrier_facts import carrier_name
from tracking.shipments.models import Shipment

_OUR_LINK = re.compile(r"/t/([^/?#\s]{1,60})")
_SEPARATORS = re.compile(r"[\s\-‐-―]+")
_LIKELY = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedGroup:
    """One group of the number as it was typed."""

    text: str
    is_wrong: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why there is no page for what was typed. `groups` shows the number as typed, empty where that does not help."""

    title: str
    text: str
    groups: tuple[TypedGroup, ...] = ()
    is_slip: bool = True  # False: nothing is mistyped, it is another kind of number


def look_up(text: str) -> str | Problem:
    """Our number of an existing shipment, in its canonical form, or what is wrong. One query at most."""
    typed = _typed(text)
    wrong = problem(typed)
    if wrong is None:
        number = clean(typed)
        return number if _existing([number]) else _unknown()
    if not looks_like(typed) and not _is_grouped(typed) and (carrier := _carrier_of(text)):
        return Problem(
            title=_("This is a number of {carrier}").format(carrier=carrier),
            text=_(
                "A carrier’s number is printed on the parcel for everyone to read, so it opens nothing here. "
                "Please use the number from the shop’s message."
            ),
            is_slip=False,
        )
    if wrong.kind == "check":
        return _mistyped(typed)
    if wrong.kind == "symbol":
        return _wrong_symbol(typed)
    return _wrong_length(typed, wrong.group)


def _typed(text: str) -> str:
    text = text[:2_000].strip()
    found = _OUR_LINK.search(text)
    return found[1] if found else text


def _existing(candidates: Iterable[str]) -> list[str]:
    with scopes_disabled():
        return list(Shipment.objects.live().filter(number__in=list(candidates)).values_list("number", flat=True)[:2])


def _is_grouped(typed: str) -> bool:
    """Written as our numbers are: three groups or more, most of four."""
    parts = [part for part in _SEPARATORS.split(typed) if part]
    return len(parts) >= 4 and sum(len(part) == 4 for part in parts) >= 2


def _carrier_of(text: str) -> str:
    found = numbers.detect(text)
    best = found.candidates[0] if found.candidates else None
    return carrier_name(best.carrier) if best is not None and best.confidence >= _LIKELY else ""


def _unknown() -> Problem:
    return Problem(
        title=_("No parcel has this number"),
        text=_(
            "It is well formed, but nothing is registered under it here. It may be too new, or from another shop’s "
            "site; please compare it with the shop’s message."
        ),
    )


def _mistyped(typed: str) -> Problem:
    """One slip away from exactly one existing number: then the slip's group is known."""
    by_number = {candidate: position for position, candidate in neighbours(typed)}
    existing = _existing(by_number)
    at = by_number[existing[0]] if len(existing) == 1 else None
    if at is None:
        return Problem(
            title=_("There is a slip in the number"),
            text=_("The last character checks all the others, and it does not fit. Please compare every group."),
            groups=_groups(group(clean(typed)).split("-"), None),
        )
    return Problem(
        title=_("Look at group {position}").format(position=at),
        text=_("One character in it is wrong, or two are swapped. Please compare it with the shop’s message."),
        groups=_groups(group(clean(typed)).split("-"), at),
    )


def _wrong_symbol(typed: str) -> Problem:
    number = clean(typed)
    at, symbol = next((index, symbol) for index, symbol in enumerate(number) if symbol not in ALPHABET)
    position = min(at // 4 + 1, 5)
    if at > LENGTH + 8:
        return _wrong_length(typed, None)
    return Problem(
        title=_("Look at group {position}").format(position=position),
        text=_(
            "“{symbol}” is never part of a number: only digits and the letters A to Z without I, L, O and U are."
        ).format(symbol=symbol),
        groups=_groups(group(number[: LENGTH + 8]).split("-"), position),
    )


def _wrong_length(typed: str, position: int | None) -> Problem:
    count = len(clean(typed))
    parts = [part for part in _SEPARATORS.split(typed.strip()) if part]
    title = _("Look at group {position}").format(position=position) if position else _("The number is not complete")
    if position is None and count > LENGTH + 1:
        title = _("The number is too long")
    return Problem(
        title=title,
        text=_("A number has {length} letters and digits; this one has {count}.").format(
            length=LENGTH + 1, count=count
        ),
        groups=_groups(parts, position) if position and count <= 2 * LENGTH else (),
    )


def _groups(parts: Iterable[str], wrong: int | None) -> tuple[TypedGroup, ...]:
    return tuple(
        TypedGroup(text=part.upper()[:12], is_wrong=index == wrong) for index, part in enumerate(parts, start=1) if part
    )
