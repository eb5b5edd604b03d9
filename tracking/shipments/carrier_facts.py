"""What the platform asks of the carriers library: names, fields, which post serves a country, which carrier a number
belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache

from carriers import numbers, registry
from carriers.errors import UnknownCarrier
from carriers.facts import FactSheet
from tracking.shipments.errors import Invalid


def carrier_sheet(slug: str, field: str = "carrier") -> FactSheet:
    """The sheet of a slug or alias. Raises Invalid with the nearest names."""
    try:
        return registry.sheet(slug)
    except UnknownCarrier:
        near = get_close_matches(slug.lower(), registry.sheets(), n=3, cutoff=0.5)
        cure = f"Did you mean {' or '.join(near)}? " if near else ""
        raise Invalid(
            field, f"no carrier is called “{slug[:40]}”", cure + "GET /api/v1/carriers lists them all."
        ) from None


def carrier_name(slug: str, told: str = "") -> str:
    """The carrier's own name; what was told where we do not know it."""
    sheet = registry.sheets().get(slug)
    return sheet.name if sheet is not None else told or slug


@cache
def posts() -> Mapping[str, str]:
    """Country -> the post there that we can ask."""
    return {
        country: sheet.slug
        for sheet in registry.sheets().values()
        if registry.has_adapter(sheet.slug)
        for country in sheet.post_of
    }


@cache
def s10_issuers() -> frozenset[str]:
    """The countries whose posts issue S10 numbers, as far as a sheet names their post."""
    return frozenset(country for sheet in registry.sheets().values() for country in sheet.post_of)


def clean_number(text: str, field: str = "number") -> str:
    """A carrier's number without spaces and dashes, taken out of a pasted link. Raises Invalid."""
    found = numbers.detect(text)
    if found.problem is not None:
        raise Invalid(field, found.problem, "Send the carrier's tracking number as it stands on the label.")
    return found.number


def check_fields(sheet: FactSheet, given: Mapping[str, str], field: str = "fields") -> dict[str, str]:
    """What the carrier needs beside the number, checked. Raises Invalid naming the missing or malformed one.

    What an API that speaks for the carrier wants (an aggregator's own carrier code) is taken too.
    """
    kept: dict[str, str] = {}
    for fact in sheet.fields:
        value = str(given.get(fact.name, "")).strip()
        if not value and fact.is_required:
            raise Invalid(f"{field}.{fact.name}", f"{sheet.name} needs {fact.label}", f"Send it as fields.{fact.name}.")
        if value and not fact.pattern.match(value):
            raise Invalid(f"{field}.{fact.name}", f"“{value[:40]}” is not {fact.label}", "Check it and send it again.")
        if value:
            kept[fact.name] = value
    extra = {fact.name: fact for slug in registry.reaching(sheet.slug) for fact in registry.sheet(slug).fields}
    known = {fact.name for fact in sheet.fields}
    for name, value in given.items():
        if name in known:
            continue
        if name not in extra:
            cure = f"It takes {', '.join(sorted(known))}." if known else "It takes none."
            raise Invalid(f"{field}.{name}", f"{sheet.name} has no such field", cure)
        if not extra[name].pattern.match(str(value).strip()):
            raise Invalid(
                f"{field}.{name}", f"“{str(value)[:40]}” is not {extra[name].label}", "Check it and send it again."
            )
        kept[name] = str(value).strip()
    return kept
