"""A carrier's place text as pieces, each with all that it may be: country, state, airport, city, often several."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from carriers import gazetteer
from carriers.gazetteer import City, Region, wording

# Upper-case words at the end of a name that only look like a country's three letters.
_NO_CODES = frozenset(
    ["SUR", "MAR", "PAN", "TON", "AND", "ARE", "CAN", "COM", "FIN", "LIE", "DOM", "NOR", "PER", "MAC", "CUB"]
)
_CANADIAN_POSTAL = {
    "A": "NL", "B": "NS", "C": "PE", "E": "NB", "G": "QC", "H": "QC", "J": "QC", "K": "ON", "L": "ON", "M": "ON",
    "N": "ON", "P": "ON", "R": "MB", "S": "SK", "T": "AB", "V": "BC", "Y": "YT",
}  # fmt: skip


# A country, the region of it or None, and how much the piece speaks for it (1 = as much as a city's name).
Option = tuple[str, Region | None, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What one piece may be; `key` is its folded name, "" for a code."""

    key: str = ""
    options: tuple[Option, ...] = ()
    cities: tuple[City, ...] = ()
    aliases: tuple[City, ...] = ()  # called so in some language; they support a country, and never propose one
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
            return 1.0
        if best < 0.75 and any(city.country == country and division in (None, city.region) for city in self.aliases):
            return 0.75
        return best


def read(text: str) -> list[Piece]:
    """The pieces of an NFKC text in order, postal codes first; may be empty."""
    text, state, zip_code = wording.take_zip(text)
    found = []
    if zip_code:
        region = gazetteer.zip_region(zip_code)
        if region is not None and state in (region.code, region.country):
            found.append(Piece(options=((region.country, region, 3.0),), certain=frozenset([region.country])))
    text, alpha2, postal_code = wording.take_postal_code(text)
    if alpha2:
        regions = gazetteer.regions(_CANADIAN_POSTAL.get(postal_code[0], "")) if alpha2 == "CA" else ()
        region = next((region for region in regions if region.country == alpha2), None)
        found.append(Piece(options=((alpha2, region, 2.0),), certain=frozenset([alpha2])))
    split = wording.pieces(text)
    for number, (separator, piece) in enumerate(split):
        if separator == "(" and number and len(piece) == 2 and [*split, ("", "")][number + 1][0] == ")":
            continue  # "006027 - (PL) CO MAIA": before a name it is no country
        if wording.is_han(piece):
            found.extend(_han_pieces(piece))
        else:
            found.extend(_latin_pieces(piece, separator, is_alone=len(split) == 1))
    return found


def _named(key: str, codes: Iterable[Option] = ()) -> Piece:
    """The piece of a name, which may be a country's, a state's and a city's at once."""
    alpha2 = gazetteer.country(key)
    options = [*codes, *((region.country, region, 1.0) for region in gazetteer.regions_by_name(key))]
    cities = gazetteer.cities(key)
    if alpha2:
        # "Mexico" is the country, not the town in the Philippines; "Jamaica" may well be the mail centre in New York.
        has_rival = any(city.country != alpha2 and city.thousands >= 200 for city in cities)
        options.append((alpha2, None, 1.0 if has_rival or options else 1.1))
    certain = frozenset([alpha2]) if alpha2 and len(options) == 1 else frozenset()
    aliases = () if cities else gazetteer.cities_by_alias(key)
    return Piece(key=key, options=tuple(options), cities=cities, aliases=aliases, certain=certain)


def _is_known(key: str) -> bool:
    return bool(gazetteer.country(key) or gazetteer.regions_by_name(key) or gazetteer.cities(key))


def _han_pieces(piece: str) -> list[Piece]:
    chain = wording.han_chain(piece, lambda name: _is_known(gazetteer.fold(name)))
    return [_named(gazetteer.fold(name)) for name in chain] or [Piece(key=gazetteer.fold(piece))]


def _latin_pieces(piece: str, separator: str, *, is_alone: bool) -> list[Piece]:
    """A piece without its facility words, and the codes and countries at its ends as pieces of their own."""
    words = piece.split()
    if len(words) == 1 and (coded := _coded(words[0], separator, is_alone=is_alone)):
        return coded
    found: list[Piece] = []
    while words:
        key = gazetteer.fold(" ".join(words))
        if _is_known(key) and key not in wording.FACILITIES:
            return [*found, _named(key)]
        last, first = gazetteer.fold(words[-1]), gazetteer.fold(words[0])
        if _is_wrapping(last, words[-1]):
            words.pop()
        elif len(words) > 1 and (options := _code_options(words[-1], separator="")):
            found.append(Piece(options=options))
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
            # "Jersey Shore" begins with a country: there it counts only beside a city of that country.
            rest = words[-count:] if count < 0 else []
            if alpha2 and (
                count > 0 or any(c.country == alpha2 for c in gazetteer.cities(gazetteer.fold(" ".join(rest))))
            ):
                return count
    return 0


def _coded(word: str, separator: str, *, is_alone: bool) -> list[Piece]:
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


def _code_options(word: str, separator: str, *, is_alone: bool = False) -> tuple[Option, ...]:
    if not (2 <= len(word) <= 3 and word.isascii() and word.isalpha() and word.isupper()):
        return ()
    alpha2 = None if word in _NO_CODES and not separator and not is_alone else gazetteer.country_of_code(word)
    # At the end of a name ("PRINCESS ROYAL DO") two letters tell a country only beside a city of it.
    options: list[Option] = [(alpha2, None, 1.0 if separator or is_alone else 0.9)] if alpha2 else []
    for region in gazetteer.regions(word):
        # Those countries' provinces help a city, and hinder another reading only where Italians write: "Como (CO)".
        is_weak = region.country == "IN" or (region.country == "IT" and (is_alone or separator in (",", "，")))
        options.append((region.country, region, 0.5 if is_weak else 1.0))
    if len(options) == 1 and (options[0][1] or separator):
        # "NSW" means one thing only, so it says more than a city's name, which may have namesakes below 15,000 people.
        options = [(options[0][0], options[0][1], 1.5)]
    return tuple(options)
