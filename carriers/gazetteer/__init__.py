"""What the world's places are called: data (see ATTRIBUTION) and its reader. Loaded at the first lookup.

Lists of sorted byte lines under bisect rather than dictionaries of records: some 15 MB a process instead of 200, and
nothing is decoded until a line is hit.
"""

from __future__ import annotations

import lzma
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from carriers.gazetteer.folding import fold

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """A city over 15,000 inhabitants. `region` is GeoNames' code of its state or province (Ontario: "08")."""

    name: str
    country: str
    region: str
    latitude: float
    longitude: float
    zone: str
    thousands: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A state or province: `code` as carriers write it, `division` as GeoNames does; either may be empty."""

    country: str
    code: str
    division: str
    zone: str | None


def cities(key: str) -> tuple[City, ...]:
    """The cities of this folded name, the largest first; may be empty."""
    return _found(key, _lines("names.tsv.xz"))


def cities_by_alias(key: str) -> tuple[City, ...]:
    """The cities that are called so in some language. Only to be asked where the country is known."""
    return _found(key, _lines("aliases.tsv.xz"))


def airport_city(code: str) -> City | None:
    """The city of an airport by its IATA code in capitals."""
    number = _airports().get(code)
    return None if number is None else _city(number)


def country(key: str) -> str | None:
    """ISO 3166-1 alpha-2 of a folded name in one of sixteen languages."""
    return _countries()[0].get(key)


def country_of_code(code: str) -> str | None:
    """ISO 3166-1 alpha-2 of an alpha-2 or alpha-3 code in capitals."""
    return _countries()[1].get(code)


def country_zone(alpha2: str) -> str | None:
    """The one zone of a country, or its mainland's."""
    return _countries()[2].get(alpha2)


def regions(code: str) -> tuple[Region, ...]:
    """The states and provinces of a code in capitals, in any country."""
    return _regions()[0].get(code, ())


def regions_by_name(key: str) -> tuple[Region, ...]:
    """The states and provinces of a folded name."""
    return _regions()[1].get(key, ())


def zip_region(postal_code: str) -> Region | None:
    """The region of a US ZIP code, by its first three digits, with the zone where they have one."""
    first, last, *_ = row = _zip3()[max(bisect_left(_zip3(), [postal_code[:3], "999"]) - 1, 0)]
    if not first <= postal_code[:3] <= last:
        return None
    return Region(country=row[2], code=row[3], division=row[3], zone=row[4] or None)


def _found(key: str, lines: list[bytes]) -> tuple[City, ...]:
    wanted = key.encode("utf-8", "replace") + b"\t"
    at, ids = bisect_left(lines, wanted), []
    while at < len(lines) and lines[at].startswith(wanted):
        ids.append(int(lines[at][len(wanted) :]))
        at += 1
    return tuple([_city(number) for number in sorted(ids)]) if ids else ()


@lru_cache(maxsize=2048)
def _city(number: int) -> City:
    name, alpha2, region, latitude, longitude, zone, thousands = _lines("cities.tsv.xz")[number].decode().split("\t")
    return City(
        name=name, country=alpha2, region=region, latitude=float(latitude), longitude=float(longitude), zone=zone,
        thousands=int(thousands),
    )  # fmt: skip


@cache
def _lines(name: str) -> list[bytes]:
    return lzma.decompress((_FOLDER / name).read_bytes()).splitlines()


def _rows(name: str) -> list[list[str]]:
    return [line.split("\t") for line in (_FOLDER / name).read_text(encoding="utf-8").splitlines()]


@cache
def _airports() -> dict[str, int]:
    return {code: int(number) for code, number in _rows("airports.tsv")}


@cache
def _countries() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """By name, by code, and the zones."""
    rows = _rows("countries.tsv")
    names = {name: row[0] for row in rows for name in row[4].split("|")}
    codes = {code: row[0] for row in rows for code in row[:2]} | {"UK": "GB"}
    return names, codes, {row[0]: row[2] for row in rows if row[2]}


@cache
def _regions() -> tuple[dict[str, tuple[Region, ...]], dict[str, tuple[Region, ...]]]:
    by_code: dict[str, tuple[Region, ...]] = {}
    by_name: dict[str, tuple[Region, ...]] = {}
    for alpha2, code, division, zone, names in _rows("regions.tsv"):
        region = Region(country=alpha2, code=code, division=division, zone=zone or None)
        if code:
            by_code[code] = (*by_code.get(code, ()), region)
        for name in filter(None, names.split("|")):
            by_name[name] = (*by_name.get(name, ()), region)
    return by_code, by_name


@cache
def _zip3() -> list[list[str]]:
    return sorted(_rows("zip3.tsv"))


__all__ = [
    "City", "Region", "airport_city", "cities", "cities_by_alias", "country", "country_of_code", "country_zone", "fold",
    "regions", "regions_by_name", "zip_region",
]  # fmt: skip
