"""A carrier's place text -> country, city, coordinates and time zone, offline.

The text falls into pieces; each piece may be a country, a state, an airport or a city, often several of them ("CA", "Georgia",
"Jamaica"). The country that explains the most pieces is the country; where two explain as many there is none, unless the carrier's
hint, or a city that dwarfs its namesakes, decides. docs/places.md says what this can and cannot do. Never raises.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from carriers import gazetteer
from carriers.events import Place
from carriers.gazetteer import City, Region, wording

_LONGEST = 160  # characters of a text that are read

# Territories whose carriers, or whose neighbours' carriers, write the parent country beside or instead of them.
_PARENTS = {
    "HK": "CN", "MO": "CN", "TW": "CN", "PR": "US", "GU": "US", "VI": "US", "AS": "US", "MP": "US", "GP": "FR", "MQ": "FR",
    "GF": "FR", "RE": "FR", "YT": "FR", "NC": "FR", "PF": "FR", "PM": "FR", "BL": "FR", "MF": "FR", "JE": "GB", "GG": "GB",
    "IM": "GB", "GI": "GB", "GL": "DK", "FO": "DK", "AX": "FI", "SJ": "NO", "AW": "NL", "CW": "NL", "SX": "NL",
}  # fmt: skip
# Upper-case words at the end of a name that only look like a country's three letters.
_NO_CODES = frozenset(
    ["SUR", "MAR", "PAN", "TON", "AND", "ARE", "CAN", "COM", "FIN", "LIE", "DOM", "NOR", "PER", "MAC", "CUB"]
)
# Countries that share their towns' names; a town there needs more people before its bare name tells the country.
_NAMED_ALIKE = frozenset(["US", "CA", "AU", "NZ", "ZA", "GB", "IE"])
_CANADIAN_POSTAL = {
    "A": "NL", "B": "NS", "C": "PE", "E": "NB", "G": "QC", "H": "QC", "J": "QC", "K": "ON", "L": "ON", "M": "ON", "N": "ON",
    "P": "ON", "R": "MB", "S": "SK", "T": "AB", "V": "BC", "Y": "YT",
}  # fmt: skip
_AUSTRALIAN_POSTAL = {"2": "NSW", "3": "VIC", "4": "QLD", "5": "SA", "6": "WA", "7": "TAS"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """What one piece may be. `options` are (country, region or None, weight); `key` is its folded name or ""."""

    key: str = ""
    options: tuple[tuple[str, Region | None, float], ...] = ()
    cities: tuple[City, ...] = ()
    certain: frozenset[str] = frozenset()  # countries that it names in full

    def weight(self, country: str, division: str | None) -> float:
        """How much it speaks for this country and first-level division (None: any, and no state is named)."""
        best = 0.0
        for alpha2, region, weight in self.options:
            if (
                alpha2 == country
                and weight > best
                and (region is None or not region.division or region.division == division)
            ):
                best = weight
        if best < 1 and any(city.country == country and division in (None, city.region) for city in self.cities):
            best = 1.0
        return best


def resolve(text: str, country: str | None = None) -> Place:
    """Where `text` is. `country` is a hint: a code or a name; one that is unknown is ignored."""
    place = _resolve(text[:_LONGEST], (country or "")[:_LONGEST])
    return place if len(text) <= _LONGEST else replace(place, text=text)


def country_code(text: str) -> str | None:
    """ISO 3166-1 alpha-2 of a code ("GB", "GBR", "gb") or a name in one of sixteen languages ("Germany", "德国"); else None."""
    text = text.strip()
    return gazetteer.country_of_code(text.upper()) or gazetteer.country(gazetteer.fold(text))


def country_zone(alpha2: str) -> str | None:
    """The zone of a country that has one, or of its mainland where nearly everyone lives (CN, ES, PT, ...); else None."""
    return gazetteer.country_zone(alpha2)


@lru_cache(maxsize=20_000)
def _resolve(text: str, country: str) -> Place:
    hint = country_code(country) if country else None
    plain = unicodedata.normalize("NFKC", text).strip()
    house = wording.house_country(plain)
    found = _read(plain)
    decided = _decide(found, hint, house)
    if decided is None:
        return Place(text=text)
    division = _division(found, decided)
    numbers = wording.numbers(plain)
    region = _region(found, decided, division) or _postal_region(decided, numbers)
    return _place(text, decided, region, _cities(found, decided, region))


# -- what each piece may be ----------------------------------------------------------------------------------------------------


def _read(text: str) -> list[_Piece]:
    text, state, zip_code = wording.take_zip(text)
    found = []
    if zip_code:
        region = gazetteer.zip_region(zip_code)
        if region is not None and state in (region.code, region.country):
            found.append(_Piece(options=((region.country, region, 3.0),), certain=frozenset([region.country])))
    text, alpha2, postal_code = wording.take_postal_code(text)
    if alpha2:
        regions = gazetteer.regions(_CANADIAN_POSTAL.get(postal_code[0], "")) if alpha2 == "CA" else ()
        region = next((region for region in regions if region.country == alpha2), None)
        found.append(_Piece(options=((alpha2, region, 2.0),), certain=frozenset([alpha2])))
    split = wording.pieces(text)
    for number, (separator, piece) in enumerate(split):
        if separator == "(" and number and len(piece) == 2 and [*split, ("", "")][number + 1][0] == ")":
            continue  # "006027 - (PL) CO MAIA": before a name it is no country
        if wording.is_han(piece):
            found.extend(_han_pieces(piece))
        else:
            found.extend(_latin_pieces(piece, separator, is_alone=len(split) == 1))
    return found


def _named(key: str, codes: Iterable[tuple[str, Region | None, float]] = ()) -> _Piece:
    """The piece of a name, which may be a country's, a state's and a city's at once."""
    alpha2 = gazetteer.country(key)
    options = [*codes, *((region.country, region, 1.0) for region in gazetteer.regions_by_name(key))]
    cities = gazetteer.cities(key)
    if alpha2:
        # "Mexico" is the country, not the town in the Philippines; "Jamaica" may well be the mail centre in New York.
        has_rival = any(city.country != alpha2 and city.thousands >= 200 for city in cities)
        options.append((alpha2, None, 1.0 if has_rival or options else 1.1))
    certain = frozenset([alpha2]) if alpha2 and len(options) == 1 else frozenset()
    return _Piece(key=key, options=tuple(options), cities=cities, certain=certain)


def _is_known(key: str) -> bool:
    return bool(gazetteer.country(key) or gazetteer.regions_by_name(key) or gazetteer.cities(key))


def _han_pieces(piece: str) -> list[_Piece]:
    chain = wording.han_chain(piece, lambda name: _is_known(gazetteer.fold(name)))
    return [_named(gazetteer.fold(name)) for name in chain] or [_Piece(key=gazetteer.fold(piece))]


def _latin_pieces(piece: str, separator: str, *, is_alone: bool) -> list[_Piece]:
    """A piece without its facility words, and the codes and countries at its ends as pieces of their own."""
    words = piece.split()
    if len(words) == 1 and (coded := _coded(words[0], separator, is_alone=is_alone)):
        return coded
    found: list[_Piece] = []
    while words:
        key = gazetteer.fold(" ".join(words))
        if _is_known(key) and key not in wording.FACILITIES:
            return [*found, _named(key)]
        last, first = gazetteer.fold(words[-1]), gazetteer.fold(words[0])
        if _is_wrapping(last, words[-1]):
            words.pop()
        elif len(words) > 1 and (options := _code_options(words[-1], separator="")):
            found.append(_Piece(options=options))
            words.pop()
        elif (length := _country_words(words)) != 0:
            found.append(_named(gazetteer.fold(" ".join(words[-length:] if length > 0 else words[:-length]))))
            words = words[:-length] if length > 0 else words[-length:]
        elif _is_wrapping(first, words[0]):
            words.pop(0)
            while len(words) > 1 and gazetteer.fold(words[0]) in wording.LINKS:
                words.pop(0)
        else:
            return [*found, _named(key)]
    return found


def _is_wrapping(key: str, word: str) -> bool:
    return not key or key in wording.FACILITIES or any(letter.isdigit() for letter in word)


def _country_words(words: list[str]) -> int:
    """How many words at the end (negative: at the beginning) name a country, leaving at least one; 0 for none."""
    for length in range(min(len(words) - 1, 4), 0, -1):
        for count, part in ((length, words[-length:]), (-length, words[:length])):
            alpha2 = gazetteer.country(gazetteer.fold(" ".join(part)))
            # "Jersey Shore" and "Niger State" begin with a country: at the beginning, only beside a city of that country.
            rest = words[-count:] if count < 0 else []
            if alpha2 and (
                count > 0 or any(c.country == alpha2 for c in gazetteer.cities(gazetteer.fold(" ".join(rest))))
            ):
                return count
    return 0


def _coded(word: str, separator: str, *, is_alone: bool) -> list[_Piece]:
    """A one-word piece as a code: a country's, a state's, an airport's, a UN/LOCODE. Empty where it is none."""
    if not (word.isascii() and word.isalpha() and word.isupper()):
        return []
    if gazetteer.fold(word) in wording.FACILITIES and not gazetteer.regions(word):
        return []
    options = list(_code_options(word, separator=separator, is_alone=is_alone))
    city = gazetteer.airport_city(word) if len(word) == 3 else None
    if len(word) == 5 and not gazetteer.cities(gazetteer.fold(word)):
        city = gazetteer.airport_city(word[2:])
        city = city if city and gazetteer.country_of_code(word[:2]) == city.country else None
    if city is not None:
        options.append((city.country, None, 1.0 if is_alone or separator == "(" or len(word) == 5 else 0.5))
    if not options:
        return []
    named = _named(gazetteer.fold(word), options)
    return [replace(named, cities=(city, *named.cities))] if city else [named]


def _code_options(word: str, separator: str, *, is_alone: bool = False) -> tuple[tuple[str, Region | None, float], ...]:
    if not (2 <= len(word) <= 3 and word.isascii() and word.isalpha() and word.isupper()):
        return ()
    alpha2 = None if word in _NO_CODES and not separator and not is_alone else gazetteer.country_of_code(word)
    options: list[tuple[str, Region | None, float]] = [(alpha2, None, 1.0)] if alpha2 else []
    for region in gazetteer.regions(word):
        # Those countries' provinces help a city, and hinder another reading only where Italians write them: "Como (CO)".
        is_weak = region.country == "IN" or (region.country == "IT" and (is_alone or separator in (",", "，")))
        options.append((region.country, region, 0.5 if is_weak else 1.0))
    if len(options) == 1 and (options[0][1] or separator):
        # "NSW" means one thing only, so it says more than a city's name, which may have namesakes below 15,000 people.
        options = [(options[0][0], options[0][1], 1.5)]
    return tuple(options)


# -- which country ---------------------------------------------------------------------------------------------------------------


def _scores(found: list[_Piece]) -> dict[str, float]:
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


def _decide(found: list[_Piece], hint: str | None, house: str | None) -> str | None:
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


def _decide_with_hint(found: list[_Piece], scores: dict[str, float], ranked: list[str], hint: str) -> str | None:
    """The hint, unless the text names another country in full, agrees on one in two pieces, or is a metropolis elsewhere."""
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


def _dominant(found: list[_Piece], *, top_score: float, scores: dict[str, float]) -> str | None:
    """The country of a bare city that has 30 (a metropolis: 15) times the people of any namesake abroad, None where that is not clear."""
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


def _is_metropolis(found: list[_Piece]) -> bool:
    return any(
        piece.cities and piece.cities[0].thousands >= 3000 and len({city.country for city in piece.cities}) == 1
        for piece in found
    )


# -- where in the country ----------------------------------------------------------------------------------------------------------


def _division(found: list[_Piece], alpha2: str) -> str | None:
    """The first-level division that explains the most, None where none is told or two explain as much."""
    divisions = {o[1].division for piece in found for o in piece.options if o[0] == alpha2 and o[1] and o[1].division}
    if not divisions:
        return None
    ranked = sorted((-sum([piece.weight(alpha2, division) for piece in found]), division) for division in divisions)
    return ranked[0][1] if len(ranked) == 1 or ranked[0][0] < ranked[1][0] else None


def _region(found: list[_Piece], alpha2: str, division: str | None) -> Region | None:
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


def _cities(found: list[_Piece], alpha2: str, region: Region | None) -> tuple[City, ...]:
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

    Where nothing but the country is known and it has several zones (`is_vague`), only a large city at the beginning counts.
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
    """A city stands with its coordinates where it is the only one, or five times the next; its zone where all agree on it."""
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
