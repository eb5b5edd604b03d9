"""Whose number is it, over every sheet: the right carrier stands first, or among the first three.

Each example is asked with the destination that its format names, or its sheet; `pytest -s` prints the figures.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from carriers import registry
from carriers.check_digits import CHECKS, s10_digit
from carriers.facts import FactSheet, Kind, NumberFormat
from carriers.numbers import Candidate, detect, normalise

FIRST, IN_THREE = 0.95, 0.995
# Of numbers drawn at random within each format: digits that nothing tells apart are a third of the formats.
FIRST_AT_RANDOM = 0.9
SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
TYPO = 0.12
# Carriers that answer for the same item at a door of their group: any of them is right.
GROUPS = (
    frozenset({"laposte", "colissimo", "chronopost"}),
    frozenset({"dhl_unified", "dhl_parcel_de", "dhl_express", "dhl_ecommerce", "deutsche_post", "dhl_ecommerce_nl"}),
    frozenset({"royalmail", "parcelforce"}),
)


@dataclass(frozen=True, slots=True)
class Example:
    """A number, whose it is, and the country it is asked for."""

    carrier: str
    number: str
    destination: str
    shape: str

    def ranking(self) -> list[str]:
        return [found.carrier for found in detect(self.number, destination=self.destination).candidates]

    def place(self) -> int:
        """0 is first; a carrier that is no candidate is far behind."""
        right = next((group for group in GROUPS if self.carrier in group), {self.carrier})
        return next((place for place, carrier in enumerate(self.ranking()) if carrier in right), 99)


def formats() -> Iterator[tuple[FactSheet, NumberFormat]]:
    for sheet in registry.sheets().values():
        if sheet.kind is not Kind.AGGREGATOR:
            yield from ((sheet, fact) for fact in sheet.numbers)


def country_of(sheet: FactSheet, fact: NumberFormat) -> str:
    return next(iter(fact.countries or sheet.countries), "")


def of_sheets() -> list[Example]:
    return [
        Example(sheet.slug, number, country_of(sheet, fact), fact.name)
        for sheet, fact in formats()
        for number in fact.valid
    ]


def at_random() -> list[Example]:
    """Ten numbers of every format: its examples with other digits, as its pattern and its check digit allow."""
    dice = random.Random(5)
    return [
        Example(sheet.slug, number, country_of(sheet, fact), fact.name)
        for sheet, fact in formats()
        for number in sorted({drawn(fact, dice) for _ in range(10)})
    ]


def drawn(fact: NumberFormat, dice: random.Random) -> str:
    """An example with other digits, as far as the pattern allows, and the check digit that holds, where one does."""
    example = number = normalise(dice.choice(fact.valid))
    for at in [place for place, sign in enumerate(number) if sign.isdigit()]:
        changed = number[:at] + dice.choice("0123456789") + number[at + 1 :]
        number = changed if fact.pattern.match(changed) else number
    at = 10 if fact.check == "s10" else len(number) - 1
    for text in [number, *(number[:at] + sign + number[at + 1 :] for sign in SIGNS)]:
        if fact.pattern.match(text) and (fact.check is None or CHECKS[fact.check](text)):
            return text
    return example


def of_posts() -> list[Example]:
    """A registered letter, a packet, a parcel and an EMS item of every country."""
    dice = random.Random(10)
    return [
        Example(sheet.slug, s10(service, f"{dice.randrange(10**8):08}", country), country, "S10")
        for sheet in registry.sheets().values()
        for country in sheet.post_of
        for service in ("RR", "LX", "CP", "EE")
    ]


def s10(service: str, serial: str, country: str) -> str:
    return f"{service}{serial}{s10_digit(serial)}{country}"


def told(examples: list[Example], title: str, *, misses: bool = True) -> tuple[float, float]:
    """The shares first and among the first three, which are printed, with the misses."""
    places = [example.place() for example in examples]
    first, three = (sum(place < most for place in places) / len(places) for most in (1, 3))
    lines = [f"{title}: {len(examples)} examples, first {first:.1%}, in the first three {three:.1%}"]
    for example, place in zip(examples, places, strict=True):
        if place and misses:
            whose = f"is of {example.carrier} ({example.shape}), place {place + 1}: {', '.join(example.ranking()[:4])}"
            lines.append(f"{example.number} to {example.destination} {whose}")
    sys.stdout.write("\n  ".join(["", *lines, ""]))
    return first, three


def test_the_right_carrier_is_first_nearly_always_and_among_three_always() -> None:
    told(of_sheets(), "examples of the sheets", misses=False)
    first, three = told(of_sheets() + of_posts(), "all, with S10 numbers of every post")
    assert first >= FIRST
    assert three >= IN_THREE


def test_numbers_drawn_at_random_within_each_format_are_ranked_so_too() -> None:
    first, three = told(at_random(), "drawn at random", misses=False)
    assert first >= FIRST_AT_RANDOM
    assert three >= IN_THREE


def test_every_example_of_a_sheet_names_its_carrier() -> None:
    assert [example for example in of_sheets() if example.place() == 99] == []


def test_an_s10_number_names_the_post_of_its_suffix_first_wherever_it_goes() -> None:
    for destination in ("", "US", "DE", "BR"):
        for example in of_posts():
            group = next((group for group in GROUPS if example.carrier in group), {example.carrier})
            assert detect(example.number, destination=destination).candidates[0].carrier in group


def test_a_wrong_check_digit_is_no_more_than_a_typo() -> None:
    """Where another format of the same carrier has a check digit that holds, that one speaks."""
    wrong = [(sheet, fact, number) for sheet, fact in formats() for number in with_wrong_digits(fact)]
    assert len(wrong) > 500
    for sheet, fact, number in wrong:
        found = own(sheet, detect(number, destination=country_of(sheet, fact)).candidates)
        assert found is None or found.confidence <= TYPO or "check digit holds" in found.reason, (number, found)


def with_wrong_digits(fact: NumberFormat) -> Iterator[str]:
    """The examples of a format with each other digit in the check digit's place, as far as the pattern allows it."""
    for number in map(normalise, fact.valid if fact.check else ()):
        at = 10 if fact.check == "s10" else len(number) - 1
        for digit in "0123456789":
            changed = number[:at] + digit + number[at + 1 :]
            if fact.pattern.match(changed) and not CHECKS[str(fact.check)](changed):
                yield changed


def own(sheet: FactSheet, candidates: tuple[Candidate, ...]) -> Candidate | None:
    return next((found for found in candidates if found.carrier == sheet.slug), None)


class TestElsewhere:
    """A national network is less likely where the journey touches none of its countries."""

    TWELVE = "481516234200"

    def confidence(self, destination: str = "", origin: str = "") -> float:
        candidates = detect(self.TWELVE, destination=destination, origin=origin).candidates
        found = own(registry.sheets()["cj_logistics"], candidates)
        return found.confidence if found else 0.0

    def test_it_is_halved_and_says_so(self) -> None:
        assert self.confidence(destination="FR") < self.confidence() < self.confidence(destination="KR")
        found = own(registry.sheets()["cj_logistics"], detect(self.TWELVE, destination="FR").candidates)
        assert found is not None
        assert "not known in FR" in found.reason

    def test_what_starts_in_its_country_is_not(self) -> None:
        assert self.confidence(destination="FR", origin="KR") > self.confidence()

    @pytest.mark.parametrize("number", ["1Z999AA10123456784", "RB123456785CN", "YT2412345678901234"])
    def test_an_express_carrier_a_post_by_s10_and_a_line_haul_go_everywhere(self, number: str) -> None:
        assert "not known" not in detect(number, destination="ZW").candidates[0].reason
