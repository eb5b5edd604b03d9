"""A wording without what differs from parcel to parcel: digits, dates, case of Latin letters, gaps.

Done in Python (to compare an event with a row) and in SQL (to count); a test holds the two together.
"""

from __future__ import annotations

import re
import string

# Longer texts differ in their ends, which are the parcel's and not the carrier's words.
MOST = 300

# A word with a digit in it, and such words joined by the signs of dates, times and numbers.
_NUMBER = "[a-z]*[0-9][a-z0-9]*([-/:.,][a-z0-9]*[0-9][a-z0-9]*)*"
_GAPS = "[ \t\n\r\f\v\u00a0\u3000]+"
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_NUMBERS, _SPACES = re.compile(_NUMBER), re.compile(_GAPS)


def fold(text: str) -> str:
    """“Arrived at Hub 7, 2026-11-23 10:04” as “arrived at hub #, # #”."""
    lowered = text[:MOST].translate(_LOWER)
    return _NUMBERS.sub("#", _SPACES.sub(" ", lowered)).strip(" ")


def fold_sql(column: str) -> str:
    """The expression that folds a column; its two patterns are the parameters `gaps` and `number`."""
    lowered = f"translate(left({column}, {MOST}), '{string.ascii_uppercase}', '{string.ascii_lowercase}')"
    return f"btrim(regexp_replace(regexp_replace({lowered}, %(gaps)s, ' ', 'g'), %(number)s, '#', 'g'), ' ')"


FOLD_PARAMETERS = {"gaps": _GAPS, "number": _NUMBER}
