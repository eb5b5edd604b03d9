"""The numbers that messages name goods by, normalised and checked."""

from __future__ import annotations

import re

from carriers.check_digits import mod7
from carriers.messages.records import Reference, ReferenceKind, Unreadable

_GAPS = re.compile(r"[\s.\-/]+")
_AIR_WAYBILL = re.compile(r"[0-9]{11}", re.ASCII)
_CONTAINER = re.compile(r"[A-Z]{3}[UJZR][0-9]{7}", re.ASCII)
_PLAIN = re.compile(r"[\x21-\x7e]{1,50}")
_LETTERS = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", (n for n in range(10, 39) if n % 11), strict=True))


def air_waybill(text: str) -> Reference:
    """ "020-12345675": the airline's three digits, seven of its own and their remainder by 7 (IATA resolution 600a).

    Raises Unreadable.
    """
    digits = _GAPS.sub("", text)
    if not _AIR_WAYBILL.fullmatch(digits):
        raise Unreadable(f"“{text[:30]}” is no air waybill number", "Send three digits of the airline and eight more.")
    if not mod7(digits[3:]):
        raise Unreadable(
            f"the air waybill {digits[:3]}-{digits[3:]} fails its check digit", "Look at its last eight digits again."
        )
    return Reference(ReferenceKind.AIR_WAYBILL, f"{digits[:3]}-{digits[3:]}")


def container(text: str) -> Reference:
    """ "CSQU3054383": owner, U, J or Z, six digits and the check digit of ISO 6346. Raises Unreadable."""
    number = _GAPS.sub("", text.upper())
    if not _CONTAINER.fullmatch(number):
        raise Unreadable(f"“{text[:30]}” is no container number", "Send four letters and seven digits.")
    if container_digit(number[:10]) != int(number[10]):
        raise Unreadable(f"the container {number} fails its check digit", "Look at its letters and digits again.")
    return Reference(ReferenceKind.CONTAINER, number)


def container_digit(serial: str) -> int:
    """The check digit of ISO 6346 after four letters and six digits."""
    values = [_LETTERS[sign] if sign.isalpha() else int(sign) for sign in serial]
    return sum(value << place for place, value in enumerate(values)) % 11 % 10


def plain(kind: ReferenceKind, text: str) -> Reference:
    """Any other number, upper-cased, without spaces; of no told kind (an order's, perhaps) as it is written. Raises
    Unreadable where nothing is left, or too much."""
    if kind is ReferenceKind.ANY:
        value = " ".join(text.split())
        is_fit = 0 < len(value) <= 80 and value.isprintable()
    else:
        value = "".join(text.upper().split())
        is_fit = _PLAIN.fullmatch(value) is not None
    if not is_fit:
        raise Unreadable(f"“{text[:30]}” is no number", "Send 1 to 50 letters, digits and signs.")
    return Reference(kind, value)


def checked(kind: ReferenceKind, text: str) -> Reference:
    """The reference of a kind, checked where the kind has a check digit. Raises Unreadable."""
    if kind is ReferenceKind.AIR_WAYBILL:
        return air_waybill(text)
    return container(text) if kind is ReferenceKind.CONTAINER else plain(kind, text)
