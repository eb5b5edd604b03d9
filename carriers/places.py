"""A carrier's place text -> country, city, coordinates and time zone, offline.

Rules, a list of the world's cities and the carrier's own country hint; docs/places.md says what they can and cannot do. Never raises;
where the text leaves a doubt about the country, there is none.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from carriers.events import Place
from carriers.gazetteer.folding import fold

_COUNTRIES = Path(__file__).parent / "gazetteer" / "countries.tsv"


def country_code(text: str) -> str | None:
    """ISO 3166-1 alpha-2 of a code ("GB", "GBR") or a name in one of sixteen languages ("Germany", "德国"); else None."""
    return _country_keys().get(fold(text))


def country_zone(alpha2: str) -> str | None:
    """The zone of a country that has one, or of its mainland where nearly everyone lives (CN, ES, PT, ...); else None."""
    return _zones().get(alpha2)


def resolve(text: str, country: str | None = None) -> Place:
    """Where `text` is. `country` is a hint: a code or a name; one that is unknown is ignored."""
    code = country_code(country or "") or country_code(text)
    if code is None:
        named = {found for part in text.replace(" - ", ",").split(",")[1:] if (found := country_code(part))}
        code = named.pop() if len(named) == 1 else None
    return Place(text=text, country=code, zone=country_zone(code) if code else None)


@cache
def _rows() -> list[list[str]]:
    return [line.split("\t") for line in _COUNTRIES.read_text(encoding="utf-8").splitlines()]


@cache
def _zones() -> dict[str, str]:
    return {code: zone for code, _, zone, *_ in _rows() if zone}


@cache
def _country_keys() -> dict[str, str]:
    keys = {name: code for code, _, _, _, names in _rows() for name in names.split("|")}
    return keys | {key.casefold(): row[0] for row in _rows() for key in row[:2]}
