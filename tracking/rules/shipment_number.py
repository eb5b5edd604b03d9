"""Our own tracking number: 16 random Crockford base-32 symbols and a check symbol, shown in groups of four.

80 random bits: nobody guesses one. Crockford's alphabet leaves out I, L, O and U, so a number survives being read
aloud; the check symbol is the value modulo 37 (https://www.crockford.com/base32.html, read 2026-11-23), which catches
every single wrong symbol and every swap of two neighbours.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHECK_ALPHABET = ALPHABET + "*~$=U"
LENGTH = 16
# The check symbols * ~ $ = U are awkward in addresses, so numbers whose check symbol would be one of them are drawn
# again.
_VALUES = {symbol: value for value, symbol in enumerate(ALPHABET)}
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_NOISE = re.compile(r"[\s\u00AD\u200B-\u200F\u2010-\u2015\u2212\uFE58\uFE63\uFF0D_.\-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberProblem:
    """Why a text is not one of our numbers. `group` is 1 to 5, the first one at fault, or None where none can be
    named."""

    kind: str  # "length" | "symbol" | "check"
    detail: str
    group: int | None = None


def generate() -> str:
    """A fresh number, 17 symbols, ungrouped."""
    while True:
        body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        check = _check(body)
        if check in _VALUES:
            return body + check


def group(number: str) -> str:
    """The number as people read it: `K7QM-2V9D-XR4T-81PB-C`."""
    return "-".join(number[start : start + 4] for start in range(0, len(number), 4))


def clean(text: str) -> str:
    """What a person typed, in our alphabet: upper case, no spaces or dashes, O read as 0, I and L as 1."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)).upper().translate(_READ_AS)


def looks_like(text: str) -> bool:
    """True for anything of our length and alphabet, right or mistyped: then it is not a carrier's number."""
    number = clean(text)
    return len(number) == LENGTH + 1 and all(symbol in CHECK_ALPHABET for symbol in number)


def problem(text: str) -> NumberProblem | None:
    """None for a well-formed number, else what is wrong with it and in which group."""
    number = clean(text)
    for index, symbol in enumerate(number):
        if symbol not in _VALUES:
            return NumberProblem(
                kind="symbol", detail=f"“{symbol}” is never part of a number", group=min(index // 4 + 1, 5)
            )
    if len(number) != LENGTH + 1:
        # Groups as typed tell which one is short; without separators the last one is.
        return NumberProblem(
            kind="length", detail=f"{len(number)} symbols; a number has {LENGTH + 1}", group=_odd_group(text)
        )
    if _check(number[:LENGTH]) != number[LENGTH]:
        return NumberProblem(kind="check", detail="the check symbol does not fit", group=None)
    return None


def neighbours(number: str) -> list[tuple[int, str]]:
    """Every well-formed number one typing slip away, with the group (1-5) of the slip: a wrong symbol or two swapped.

    Only for comparing with numbers that exist: a slip is found when exactly one neighbour does.
    """
    symbols = clean(number)
    if len(symbols) != LENGTH + 1:
        return []
    found = []
    for index in range(LENGTH + 1):
        for symbol in ALPHABET:
            if symbol != symbols[index]:
                candidate = symbols[:index] + symbol + symbols[index + 1 :]
                if _check(candidate[:LENGTH]) == candidate[LENGTH]:
                    found.append((index // 4 + 1, candidate))
        if index < LENGTH and symbols[index] != symbols[index + 1]:
            candidate = symbols[:index] + symbols[index + 1] + symbols[index] + symbols[index + 2 :]
            if _check(candidate[:LENGTH]) == candidate[LENGTH]:
                found.append((index // 4 + 1, candidate))
    return found


def _check(body: str) -> str:
    value = 0
    for symbol in body:
        value = (value * 32 + _VALUES.get(symbol, 0)) % 37
    return CHECK_ALPHABET[value]


def _odd_group(text: str) -> int | None:
    parts = [
        clean(part) for part in re.split(r"[\s\-\u2010-\u2015]+", unicodedata.normalize("NFKC", text).strip()) if part
    ]
    if len(parts) <= 1:
        return None
    for position, part in enumerate(parts[:5], start=1):
        if len(part) != (1 if position == 5 else 4):
            return position
    return min(len(parts) + 1, 5) if len(parts) < 5 else 5
