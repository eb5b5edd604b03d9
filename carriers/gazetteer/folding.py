"""How a name is spelled for comparison: the generator writes keys so, and the lookup asks for them so."""

from __future__ import annotations

import re
import unicodedata

# Letters that Unicode does not decompose.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ħ": "h"})
# "St. Louis" and "Saint Louis" are one city; the short form is the key.
_SHORT = {"saint": "st", "sainte": "ste", "fort": "ft", "mount": "mt", "santa": "sta", "santo": "sto"}
_SEPARATORS = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """The key of a name: NFKC, case and Latin diacritics folded, punctuation as one space, "saint" as "st"."""
    if not text.isascii():
        text = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold()).translate(_LETTERS)
        text = unicodedata.normalize("NFC", "".join(letter for letter in text if not unicodedata.combining(letter)))
    words = _SEPARATORS.sub(" ", text.casefold().replace("'", "")).split()
    return " ".join([_SHORT.get(word, word) for word in words])
