"""Which carriers there are: every fact sheet, and the adapters of those with an API, one line each."""

from __future__ import annotations

import importlib
from functools import cache

from carriers.base import CarrierAdapter
from carriers.errors import UnknownCarrier
from carriers.facts import SHEETS, FactSheet, read_sheet

# One line per adapter: carriers/adapters/<slug>.py holds the one CarrierAdapter of that slug.
ADAPTERS: tuple[str, ...] = (
    "canadapost",
    "dhl_unified",
    "fedex",
    "laposte",
    "royalmail",
    "sf_express",
    "track17",
    "ups",
    "usps",
    "yanwen",
    "yunexpress",
)


@cache
def sheets() -> dict[str, FactSheet]:
    """Every carrier's fact sheet, by slug, in alphabetical order."""
    return {path.stem: read_sheet(path) for path in sorted(SHEETS.glob("*.toml"))}


@cache
def _slugs() -> dict[str, str]:
    return {alias: sheet.slug for sheet in sheets().values() for alias in (*sheet.aliases, sheet.slug)}


def sheet(slug: str) -> FactSheet:
    """The fact sheet of a slug or alias. Raises UnknownCarrier."""
    try:
        return sheets()[_slugs()[slug.lower()]]
    except KeyError:
        raise UnknownCarrier(f"no carrier is called {slug[:40]!r}; `python -m carriers list` lists them") from None


@cache
def _adapter(slug: str) -> CarrierAdapter:
    module = importlib.import_module(f"carriers.adapters.{slug}")
    (found,) = (
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, CarrierAdapter) and value.__module__ == module.__name__
    )
    return found(sheets()[slug])


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
