"""Which carriers there are: every fact sheet, and the adapter of each with an API."""

from __future__ import annotations

import importlib
import re
from functools import cache

from carriers.base import CarrierAdapter, PushAdapter
from carriers.errors import UnknownCarrier
from carriers.facts import FactSheet, Kind
from carriers.sheets import FOLDER, read_sheet

_GAPS = re.compile(r"[\s_-]+")

# The slugs of the carriers with an API: carriers/adapters/<slug>.py holds the one CarrierAdapter of that slug. Found by
# the file, so that forty people who add carriers never meet in one list.
ADAPTERS: tuple[str, ...] = tuple(sorted(path.stem for path in FOLDER.glob("[!_]*.py")))


@cache
def sheets() -> dict[str, FactSheet]:
    """Every carrier's fact sheet, by slug, in alphabetical order."""
    return {path.stem: read_sheet(path) for path in sorted(FOLDER.glob("*.toml"))}


def keys(sheet: FactSheet) -> set[str]:
    """Under which keys a carrier is found by name: its slug, name and aliases, without case, spaces and dashes."""
    return {_key(name) for name in (sheet.slug, sheet.name, *sheet.aliases)}


def _key(name: str) -> str:
    return _GAPS.sub("", name).casefold()


@cache
def _slugs() -> dict[str, str]:
    return {alias: sheet.slug for sheet in sheets().values() for alias in (*sheet.aliases, sheet.slug)}


@cache
def _slugs_by_key() -> dict[str, str]:
    return {key: sheet.slug for sheet in sheets().values() if sheet.kind is not Kind.AGGREGATOR for key in keys(sheet)}


def sheet(slug: str) -> FactSheet:
    """The fact sheet of a slug or alias. Raises UnknownCarrier."""
    try:
        return sheets()[_slugs()[slug.lower()]]
    except KeyError:
        raise UnknownCarrier(f"no carrier is called {slug[:40]!r}; `python -m carriers list` lists them") from None


def slug_of(name: str) -> str | None:
    """The carrier that another carrier names ("canada-post", "DHL"), by its whole name or alias; None where unknown."""
    return _slugs_by_key().get(_key(name))


def find(name: str) -> FactSheet | None:
    """The fact sheet of a slug, alias or whole name; None where it is a name that we do not know."""
    try:
        return sheet(slug_of(name) or name)
    except UnknownCarrier:
        return None


@cache
def adapter_class(slug: str) -> type[CarrierAdapter]:
    """The one CarrierAdapter of `carriers/adapters/<slug>.py`. Raises TypeError where there is none, or more."""
    module = importlib.import_module(f"carriers.adapters.{slug}")
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, CarrierAdapter) and value.__module__ == module.__name__
    ]
    if len(found) != 1 or found[0].slug != slug:
        names = ", ".join(each.__name__ for each in found) or "none"
        raise TypeError(f"{module.__name__} must define one CarrierAdapter, with the slug {slug!r}; it defines {names}")
    return found[0]


@cache
def _adapter(slug: str) -> CarrierAdapter:
    return adapter_class(slug)(sheets()[slug])


def adapter(slug: str) -> CarrierAdapter:
    """The adapter of a slug or alias. Raises UnknownCarrier where the carrier has none."""
    name = sheet(slug).slug
    if name not in ADAPTERS:
        raise UnknownCarrier(
            f"{name} is recognised, but has no API adapter; follow it through its link or an aggregator"
        )
    return _adapter(name)


def has_adapter(slug: str) -> bool:
    """True where the carrier can be polled or pushes to us."""
    return slug in ADAPTERS


def subscribes(slug: str) -> bool:
    """True where the carrier is to be asked, number by number, to push."""
    kind: type = adapter_class(slug) if has_adapter(slug) else object
    return issubclass(kind, PushAdapter) and kind.subscription is not PushAdapter.subscription


@cache
def reaching(carrier: str) -> tuple[str, ...]:
    """The carriers whose API answers for another carrier's numbers, the likeliest to know them first.

    Those that name it, then those that know its key, then any that take every number.
    """

    apis = {each.slug: each.api for each in sheets().values() if each.api is not None and each.slug in ADAPTERS}

    def rank(slug: str) -> tuple[bool, bool, str]:
        return carrier not in apis[slug].reaches, carrier not in apis[slug].carrier_keys, slug

    return tuple(sorted((slug for slug, api in apis.items() if slug != carrier and api.can_reach(carrier)), key=rank))


def divisions(slug: str) -> tuple[str, ...]:
    """The carriers that an API speaks for by name (DHL's for its divisions); an aggregator's "*" is none of them."""
    api = sheet(slug).api
    return tuple(carrier for carrier in api.reaches if carrier != "*") if api is not None else ()
