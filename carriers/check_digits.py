"""Check digits of tracking numbers: pure functions on the whole normalised number, True where the check digit holds.

Fact sheets name them in `check`, beside a pattern: a function may raise on a number of another shape.
Published rules: UPU S10; GS1 General Specifications; ISO/IEC 7064 (37,36); carriers' label guides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

Check = Callable[[str], bool]

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


def s10(number: str) -> bool:
    """UPU S10: two letters, eight digits, the check digit, two letters."""
    return number[10] == str(s10_digit(number[2:10]))


def s10_digit(serial: str) -> int:
    """The check digit of an S10 serial of eight digits."""
    check = 11 - _weighted(serial, _S10_WEIGHTS) % 11
    return {10: 0, 11: 5}.get(check, check)


def gs1(number: str) -> bool:
    """Mod 10 with weights 3 and 1 from the right, over all digits: GTIN, SSCC, USPS, Canada Post, FedEx Ground."""
    return gs1_digit(number[:-1]) == int(number[-1])


def gs1_digit(serial: str) -> int:
    """The GS1 check digit that belongs after `serial`."""
    total = 3 * sum(map(int, serial[-1::-2])) + sum(map(int, serial[-2::-2]))
    return -total % 10


def usps_impb(number: str) -> bool:
    """USPS IMpb: GS1 over the package number, without the routing before it."""
    return gs1(impb_package(number))


def usps_legacy_20(number: str) -> bool:
    """USPS labels of 20 digits whose barcode begins with an unprinted "91"."""
    return gs1("91" + number)


def impb_package(number: str) -> str:
    """The package number (22 or 26 digits) within an IMpb barcode, without "420" and a ZIP code of 5 or 9 digits.

    34 digits are 3 + 9 + 22 or 3 + 5 + 26; a package number begins with 9; in doubt the check digit decides.
    """
    if len(number) < 30 or not number.startswith("420"):
        return number
    packages = [number[start:] for start in (8, 12) if len(number) - start in (22, 26) and number[start] == "9"]
    return next((package for package in packages if gs1(package)), number[-22:])


def fedex_express_12(number: str) -> bool:
    """Weights 3, 1, 7 over eleven digits, mod 11, mod 10."""
    return _weighted(number[:11], (3, 1, 7) * 4) % 11 % 10 == int(number[11])


def fedex_express_34(number: str) -> bool:
    """Barcodes of 32 and 34 digits: weights 1, 7, 3 over the 13 digits before the last, mod 11, mod 10."""
    return _weighted(number[-14:-1], (1, 7, 3) * 5) % 11 % 10 == int(number[-1])


def fedex_ground_96(number: str) -> bool:
    """GS1 over the last 15 digits: "96", the service and the class stand before them."""
    return gs1(number[-15:])


def fedex_sscc_18(number: str) -> bool:
    """GS1 over the last 16 digits: the container's type stands before them."""
    return gs1(number[-16:])


def fedex_smartpost_20(number: str) -> bool:
    """GS1 with the unprinted "92" before the 20 digits."""
    return gs1("92" + number)


def ups(number: str) -> bool:
    """UPS 1Z: mod 10 over what follows "1Z", weights 1 and 2, a letter counting as (its ASCII code - 3) mod 10."""
    return _ups_digit(number[2:-1]) == number[-1]


def ups_waybill(number: str) -> bool:
    """UPS waybill: as 1Z, over the nine digits between the letter and the last."""
    return _ups_digit(number[1:-1]) == number[-1]


def _ups_digit(serial: str) -> str:
    values = _ups_values(serial)
    return str(-(sum(values[::2]) + 2 * sum(values[1::2])) % 10)


def _ups_values(serial: str) -> list[int]:
    return [int(sign) if sign.isdigit() else (ord(sign) - 3) % 10 for sign in serial]


def ontrac(number: str) -> bool:
    """OnTrac: mod 10, weights 1 and 2, the letter C counting as 4 and D as 5."""
    return _ups_digit({"C": "4", "D": "5"}[number[0]] + number[1:-1]) == number[-1]


def luhn(number: str) -> bool:
    """ISO/IEC 7812 mod 10: every second digit from the right doubled."""
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in number[-2::-2])
    return (sum(map(int, number[-1::-2])) + doubled) % 10 == 0


def mod7(number: str) -> bool:
    """All digits but the last, mod 7: DHL Express waybills, Japanese domestic slips."""
    return int(number[:-1]) % 7 == int(number[-1])


def identcode(number: str) -> bool:
    """Deutsche Post Identcode: mod 10 with weights 4 and 9 from the left."""
    return -_weighted(number[:-1], (4, 9) * 6) % 10 == int(number[-1])


def iso7064_37_36(number: str) -> bool:
    """ISO/IEC 7064 MOD 37,36, letters counting from 10: DPD's barcode of 27 digits and its printed 14."""
    product = 36
    for sign in number[:-1]:
        product = ((product + _ALPHABET.index(sign)) % 36 or 36) * 2 % 37
    return (product + _ALPHABET.index(number[-1])) % 36 == 1


def gls(number: str) -> bool:
    """GLS parcel number: GS1's weights over eleven digits, and one more in the sum."""
    return (gs1_digit(number[:-1]) - 1) % 10 == int(number[-1])


def evri(number: str) -> bool:
    """Evri: weights 2 and 1 from the left, letters as UPS counts them (I as 0), and the sum's last digit itself."""
    values = _ups_values(number)
    return (2 * sum(values[:15:2]) + sum(values[1:15:2])) % 10 == values[15]


def mondial_relay(number: str) -> bool:
    """Mondial Relay's label of 26 digits: brand, shipment, piece and pieces, a check digit, routing, a check digit."""
    return number[14] == _mod11_digit(number[:14]) and number[25] == _mod11_digit(number[15:25])


def _mod11_digit(serial: str) -> str:
    """Weights 2 to 7 from the right, over and over; 10 and 11 become 0."""
    check = 11 - _weighted(serial[::-1], (2, 3, 4, 5, 6, 7) * 3) % 11
    return str(check % 11 % 10)


def _weighted(serial: str, weights: Sequence[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(serial, weights, strict=False))


CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (
        s10, gs1, usps_impb, usps_legacy_20, fedex_express_12, fedex_express_34, fedex_ground_96, fedex_sscc_18,
        fedex_smartpost_20, ups, ups_waybill, ontrac, luhn, mod7, identcode, iso7064_37_36, gls, evri, mondial_relay,
    )
}  # fmt: skip
