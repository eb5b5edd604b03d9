"""Makes numbers as the carriers would print them, with valid check digits (docs/sandbox.md)."""

from __future__ import annotations

from collections.abc import Callable
from random import Random


def digits(rng: Random, count: int) -> str:
    """That many random digits."""
    return f"{rng.randrange(10**count):0{count}d}"


def weighted_mod10(body: str, *, first: int, second: int) -> str:
    """The digit that makes the sum of the alternately weighted digits, from the right, a multiple of ten."""
    total = sum(int(digit) * (first, second)[place % 2] for place, digit in enumerate(reversed(body)))
    return str(-total % 10)


def s10_check(serial: str) -> str:
    """UPU S10, 5.2: weights 8 6 4 2 3 5 9 7, modulo 11."""
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(serial, (8, 6, 4, 2, 3, 5, 9, 7), strict=True)) % 11
    return {10: "0", 11: "5"}.get(rest, str(rest))


def s10(service: str, country: str) -> Callable[[Random], str]:
    """Item identifiers of a service indicator and a country."""

    def make(rng: Random) -> str:
        serial = digits(rng, 8)
        return f"{service}{serial}{s10_check(serial)}{country}"

    return make


def ups_1z(rng: Random) -> str:
    """1Z, six characters of the shipper, nine digits, a check digit; a letter counts (code - 3) mod 10."""
    shipper = "".join(rng.choice("0123456789ABCDEFGHJKLMNPRSTVWXYZ") for _ in range(6))
    body = shipper + digits(rng, 9)
    values = [int(char) if char.isdigit() else (ord(char) - 3) % 10 for char in body]
    total = sum(value * (1, 2)[place % 2] for place, value in enumerate(values))
    return f"1Z{body}{-total % 10}"


def fedex_12(rng: Random) -> str:
    """Express: weights 3 1 7 from the left over eleven digits, modulo 11, modulo 10."""
    body = str(rng.randrange(2, 9)) + digits(rng, 10)
    total = sum(int(digit) * (3, 1, 7)[place % 3] for place, digit in enumerate(body))
    return f"{body}{total % 11 % 10}"


def usps_22(prefix: str) -> Callable[[Random], str]:
    """Intelligent Mail package barcode of 22 digits."""

    def make(rng: Random) -> str:
        body = prefix + digits(rng, 21 - len(prefix))
        return body + weighted_mod10(body, first=3, second=1)

    return make


def dhl_20(rng: Random) -> str:
    """A German piece: 00 and an SSCC of 18 digits with GS1's check digit."""
    body = "34043451" + digits(rng, 9)
    return f"00{body}{weighted_mod10(body, first=3, second=1)}"


def dhl_10(rng: Random) -> str:
    """An express waybill: nine digits and their remainder modulo 7."""
    body = str(rng.randrange(1, 9)) + digits(rng, 8)
    return f"{body}{int(body) % 7}"


def canada_post_16(rng: Random) -> str:
    """A PIN of 16 digits, modulo 10, weights 3 and 1."""
    body = "7" + digits(rng, 14)
    return body + weighted_mod10(body, first=3, second=1)


# Of posts whose numbers go on at another carrier.
S10_NUMBERS: dict[str, Callable[[Random], str]] = {
    "s10_cn": s10("LX", "CN"),
    "s10_gb": s10("LB", "GB"),
    "s10_fr": s10("LA", "FR"),
    "s10_ca": s10("LM", "CA"),
}
