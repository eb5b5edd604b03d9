"""A carrier's place text -> country, city, coordinates and time zone, offline.

The text falls into pieces; each piece may be a country, a state, an airport or a city, often several of them ("CA",
"Georgia", "Jamaica"). The country that explains the most pieces is the country; where two explain as many there is
none, unless the carrier's hint, or a city that dwarfs its namesakes, decides. docs/places.md has the rules and limits.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache

from carriers import gazetteer
from carriers.events import Place
from carriers.gazetteer import City, Region, reading, wording
from carriers.gazetteer.reading import Piece

_LONGEST = 160  # characters of a text that are read

# Territories whose carriers, or whose neighbours' carriers, write the parent country beside or instead of them.
_PARENTS = {
    "HK": "CN", "MO": "CN", "TW": "CN", "PR": "US", "GU": "US", "VI": "US", "AS": "US", "MP": "US", "GP": "FR",
    "MQ": "FR", "GF": "FR", "RE": "FR", "YT": "FR", "NC": "FR", "PF": "FR", "PM": "FR", "BL": "FR", "MF": "FR",
    "JE": "GB", "GG": "GB", "IM": "GB", "GI": "GB", "GL": "DK", "FO": "DK", "AX": "FI", "SJ": "NO", "AW": "NL",
    "CW": "NL", "SX": "NL",
}  # fmt: skip
# Countries that share their towns' names; a town there needs more people before its bare name tells the country.
_NAMED_ALIKE = frozenset(["US", "CA", "AU", "NZ", "ZA", "GB", "IE"])
_AUSTRALIAN_POSTAL = {"2": "NSW", "3": "VIC", "4": "QLD", "5": "SA", "6": "WA", "7": "TAS"}


def resolve(text: str, country: str | None = None) -> Place:
    """Where `text` is. `country` is a hint: a code or a name; one that is unknown is ignored."""
    place = _resolve(text[:_LONGEST], (country or "")[:_LONGEST])
    return place if len(text) <= _LONGEST else replace(place, text=text)


def country_code(text: str) -> str | None:
    """ISO 3166-1 alpha-2 of a code ("GB", "GBR", "gb") or a name in one of sixteen languages ("德国"); else None."""
    text = text.strip()
    return gazetteer.country_of_code(text.upper()) or gazetteer.country(gazetteer.fold(text))


def country_zone(alpha2: str) -> str | None:
    """The zone of a country that has one, or of its mainland where nearly everyone lives (CN, ES, PT); else None."""
    return gazetteer.country_zone(alpha2)


@lru_cache(maxsize=20_000)
def _resolve(text: str, country: str) -> Place:
    hint = country_code(country) if country else None
    plain = unicodedata.normalize("NFKC", text).strip()
    house = wording.house_country(plain)
    found = reading.read(plain)
    decided = _decide(found, hint, house)
    if decided is None:
        return Place(text=text)
    division = _division(found, decided)
    numbers = wording.numbers(plain)
    region = _region(found, decided, division) or _postal_region(decided, numbers)
    return _place(text, decided, region, _cities(found, decided, region))


def _scores(found: list[Piece]) -> dict[str, float]:
    """How much of the text each country explains, in its best first-level division."""
    keys: dict[tuple[str, str | None], float] = {}
    for piece in found:
        for alpha2, region, _ in piece.options:
            keys[alpha2, region.division if region and region.division else None] = 0.0
        for city in piece.cities:
            keys[city.country, None] = 0.0
    best: dict[str, float] = {}
    for alpha2, division in keys:
        score = sum([piece.weight(alpha2, division) for piece in found])
        best[alpha2] = max(best.get(alpha2, 0.0), score)
    for child in best:
        parent = _PARENTS.get(child)
        if parent in best:
            best[child] += 0.9 * sum([any(o[0] == parent for o in piece.options) for piece in found])
    return best


def _decide(found: list[Piece], hint: str | None, house: str | None) -> str | None:
    scores = _scores(found)
    ranked = sorted(scores, key=lambda alpha2: (-scores[alpha2], alpha2))
    if hint is not None:
        return _decide_with_hint(found, scores, ranked, hint)
    if house is not None and (
        not ranked or scores[ranked[0]] - scores.get(house, 0.0) < (1.0 if house in scores else 1.5)
    ):
        return house
    if not ranked:
        return None
    top = ranked[0]
    if len(ranked) > 1 and scores[ranked[1]] == scores[top]:
        return _dominant(found, top_score=scores[top], scores=scores)
    is_told = scores[top] > 1 or any(o[0] == top and o[2] >= 1 for piece in found for o in piece.options)
    return top if is_told else _dominant(found, top_score=scores[top], scores=scores)


def _decide_with_hint(found: list[Piece], scores: dict[str, float], ranked: list[str], hint: str) -> str | None:
    """The hint, unless the text names another country in full, tells one twice, or is a metropolis elsewhere."""
    if not ranked:
        return hint
    top = ranked[0]
    children = [child for child in ranked if _PARENTS.get(child) == hint and scores[child] >= scores.get(hint, 0.0)]
    if children:
        return children[0]
    if scores.get(hint, 0.0) + 0.5 >= scores[top]:
        return hint
    told = [alpha2 for piece in found for alpha2 in piece.certain]
    if (
        hint not in scores
        and (top in told or scores[top] >= 2)
        and (len(ranked) == 1 or scores[ranked[1]] < scores[top])
    ):
        return hint if _PARENTS.get(hint) == top else top
    if hint in scores or not _is_metropolis(found):
        return hint
    return None


def _dominant(found: list[Piece], *, top_score: float, scores: dict[str, float]) -> str | None:
    """The country of a bare city that has 30 (a metropolis: 15) times the people of any namesake abroad; else None."""
    named = [piece for piece in found if piece.key]
    if any(piece.options for piece in found):
        return None
    people: dict[str, int] = {}
    for piece in named:
        for city in piece.cities:
            if scores[city.country] == top_score:
                people[city.country] = max(people.get(city.country, 0), city.thousands)
    if not people:
        return None
    abroad = [c.thousands for piece in named for c in gazetteer.cities_by_alias(piece.key) if c.country not in people]
    first, second, *_ = max(people.values()), *sorted([*people.values(), *abroad], reverse=True)[1:], 0
    has_unknown = any(not piece.cities for piece in named)
    if has_unknown and (second or first < 1000):
        return None
    top = max(people, key=lambda alpha2: people[alpha2])
    ratio, floor = (15 if first >= 3000 else 30), (400 if top in _NAMED_ALIKE else 100)
    return top if first >= floor and first >= ratio * second else None


def _is_metropolis(found: list[Piece]) -> bool:
    return any(
        piece.cities and piece.cities[0].thousands >= 3000 and len({city.country for city in piece.cities}) == 1
        for piece in found
    )


def _division(found: list[Piece], alpha2: str) -> str | None:
    """The first-level division that explains the most, None where none is told or two explain as much."""
    divisions = {o[1].division for piece in found for o in piece.options if o[0] == alpha2 and o[1] and o[1].division}
    if not divisions:
        return None
    ranked = sorted((-sum([piece.weight(alpha2, division) for piece in found]), division) for division in divisions)
    return ranked[0][1] if len(ranked) == 1 or ranked[0][0] < ranked[1][0] else None


def _region(found: list[Piece], alpha2: str, division: str | None) -> Region | None:
    """The region that the text tells; that of a postal code first, whose zone is the finer."""
    told = [
        (weight, region)
        for piece in found
        for country, region, weight in piece.options
        if country == alpha2 and region is not None and region.division == (division or "")
    ]
    return max(told, key=lambda pair: pair[0])[1] if told else None


def _postal_region(alpha2: str, numbers: list[str]) -> Region | None:
    """The region of a bare postal code, once the country is known."""
    for number in numbers:
        if alpha2 == "US" and len(number) == 5:
            region = gazetteer.zip_region(number)
            return region if region and region.country == "US" else None
        if alpha2 == "AU" and len(number) == 4:
            state = "NT" if number.startswith("08") else _AUSTRALIAN_POSTAL.get(number[0], "")
            return next((region for region in gazetteer.regions(state) if region.country == "AU"), None)
        if alpha2 == "ES" and len(number) == 5 and number[:2] in ("35", "38"):
            return gazetteer.regions_by_name("canarias")[0]
    return None


def _cities(found: list[Piece], alpha2: str, region: Region | None) -> tuple[City, ...]:
    """The cities that the text may mean, the largest first; of the first piece that means any."""
    division = region.division if region and region.division else None

    def here(cities: Iterable[City]) -> tuple[City, ...]:
        return tuple([c for c in cities if c.country == alpha2 and division in (None, c.region)])

    for piece in found:
        if cities := here(piece.cities):
            return cities
    names = [piece.key for piece in found if piece.key and not any(option[0] == alpha2 for option in piece.options)]
    is_vague = division is None and country_zone(alpha2) is None
    for key in names:
        cities = here(gazetteer.cities_by_alias(key))
        # "Sao Goncalo" alone is hardly São Gonçalo do Amarante.
        if cities and not (is_vague and gazetteer.fold(cities[0].name).startswith(f"{key} ")):
            return cities
    for key in names:
        if cities := _partly(key, here, is_vague=is_vague):
            return cities
    return ()


def _partly(key: str, here: Callable[[Iterable[City]], tuple[City, ...]], *, is_vague: bool) -> tuple[City, ...]:
    """Cities whose name the key begins with ("langley hwdc"), ends with or, in a country of one zone, contains.

    Where nothing but a country of several zones is known (`is_vague`), only a large city at the beginning counts.
    """
    words = key.split()[:7]
    spans = [(0, end) for end in range(len(words) - 1, 0, -1)]
    if not is_vague:
        spans += [(start, len(words)) for start in range(1, len(words))]
        spans += [(at, at + 1) for at in range(1, len(words) - 1)]
    for start, end in spans:
        part = " ".join(words[start:end])
        if len(part) < 4 or part in wording.FACILITIES:
            continue
        cities = here(gazetteer.cities(part))
        if cities and (not is_vague or cities[0].thousands >= 100):
            return cities
    return ()


def _place(text: str, alpha2: str, region: Region | None, cities: tuple[City, ...]) -> Place:
    """A city has coordinates where it is the only one, or five times the next; a zone where all of its name agree."""
    one_zone = country_zone(alpha2)
    zone = region.zone if region and region.zone else one_zone
    if not cities:
        return Place(text=text, country=alpha2, zone=zone)
    city = cities[0]
    is_clear = len(cities) == 1 or city.thousands >= 5 * cities[1].thousands
    zones = {city.zone} if is_clear else {namesake.zone for namesake in cities}
    if region is None and one_zone is None and city.thousands < 30:
        # A small city of a country of many zones, and no state beside it: as likely a smaller namesake elsewhere.
        return Place(text=text, country=alpha2)
    if alpha2 == "CN":
        zones = {"Asia/Shanghai"}  # carriers in Xinjiang keep Beijing time, whatever its people do
    if len(zones) == 1:
        zone = zones.pop()
    if not is_clear:
        return Place(text=text, country=alpha2, city=city.name, zone=zone)
    return Place(text=text, country=alpha2, city=city.name, latitude=city.latitude, longitude=city.longitude, zone=zone)
