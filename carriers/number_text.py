"""A text as a tracking number: without what people and mail programs put between its signs, or why it can be none."""

from __future__ import annotations

import re
import unicodedata

MIN_LENGTH, MAX_LENGTH = 5, 40
_LENGTHS = f"{MIN_LENGTH} to {MAX_LENGTH}"
# Normalising is quadratic in a run of combining marks: 200 characters stay far below a millisecond.
MAX_TEXT, _MAX_UNICODE_TEXT = 2_000, 200
# Spaces and dashes of every kind, and characters without width (joiners, direction marks, soft hyphen).
_START, _END = re.compile(r"[A-Z]{1,4}|[0-9][A-Z]"), re.compile(r"(?<=[0-9])[A-Z]{1,2}\Z")
_IGNORED = re.compile(r"[\s.\-‐-―−⁃⸺⸻﹘﹣－\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]+")
_OTHER = re.compile(r"[^A-Za-z0-9]")


def normalise(text: str) -> str:
    """The text as carriers write numbers: NFKC, upper case, without spaces, dashes, dots and signs without width.

    What is no letter A-Z or digit then is left in its place, for `detect` to name; a text too long to be a number comes
    back as it is.
    """
    if not text.isascii():
        if len(text) > _MAX_UNICODE_TEXT:
            return text
        text = unicodedata.normalize("NFKC", text)
    elif len(text) > MAX_TEXT:
        return text
    text = _IGNORED.sub("", text)
    # Upper-casing "ß" or "ı" would make Latin letters of what is none.
    return text.upper() if text.isascii() else text


def shape_of(number: str) -> str:
    """How a number looks, without what tells parcels apart: `12 digits`, `LX 13 CN`, `YT 18`."""
    if number.isdigit():
        return f"{len(number)} digits"
    start, end = _START.match(number), _END.search(number)
    return " ".join(filter(None, (start and start[0], str(len(number)), end and end[0])))


def problem_of(number: str, text: str) -> str | None:
    """What is wrong with a normalised `number`, found in `text`, and the cure; None where it may be one."""
    if not number:
        return "There is no tracking number. Copy it from the shipping confirmation."
    if len(number) <= _MAX_UNICODE_TEXT and (wrong := _OTHER.search(number)):
        return _wrong_character(wrong.group(), text)
    if len(number) < MIN_LENGTH:
        return f"{number} has {len(number)} characters; a tracking number has {_LENGTHS}. Copy all of it."
    if len(number) > MAX_LENGTH:
        return f"The text has {len(number):,} characters; a tracking number has {_LENGTHS}. Enter one at a time."
    if number.isalpha():
        return f"{number} has no digit, but every tracking number has some. Copy the number itself."
    return None


def _wrong_character(sign: str, text: str) -> str:
    name = unicodedata.name(sign, f"U+{ord(sign):04X}").lower()
    at = text.find(sign) + 1
    where = f", character {at}," if at else ""
    shown = f"“{sign}”" if sign.isprintable() else f"An unprintable character ({name})"
    known = f" ({name})" if sign.isprintable() and not sign.isascii() else ""
    cure = "Type it again with A-Z and 0-9." if sign.isalnum() else "Remove it, or enter one number at a time."
    return f"{shown}{known}{where} cannot be part of a tracking number. {cure}"
