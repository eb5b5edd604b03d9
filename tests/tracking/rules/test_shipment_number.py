from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.rules import shipment_number as numbers


def test_a_fresh_number_is_well_formed_and_no_two_are_alike() -> None:
    fresh = {numbers.generate() for _ in range(200)}
    assert len(fresh) == 200
    assert all(len(number) == 17 and numbers.problem(number) is None for number in fresh)


def test_people_see_groups_of_four_and_may_type_them_any_way() -> None:
    number = numbers.generate()
    shown = numbers.group(number)
    assert [len(part) for part in shown.split("-")] == [4, 4, 4, 4, 1]
    for typed in (shown.lower(), shown.replace("-", " "), f"  {shown} ", shown.replace("0", "o").replace("1", "l")):
        assert numbers.clean(typed) == number


@given(st.integers(0, 16), st.integers(1, 31))
def test_one_wrong_symbol_is_always_caught_and_its_group_is_among_the_neighbours(index: int, step: int) -> None:
    number = numbers.generate()
    wrong = numbers.ALPHABET[(numbers.ALPHABET.index(number[index]) + step) % 32]
    typed = number[:index] + wrong + number[index + 1 :]
    problem = numbers.problem(typed)
    assert problem is not None
    assert problem.kind == "check"
    assert (index // 4 + 1, number) in numbers.neighbours(typed)


@given(st.integers(0, 15))
def test_two_swapped_symbols_are_caught(index: int) -> None:
    number = numbers.generate()
    typed = number[:index] + number[index + 1] + number[index] + number[index + 2 :]
    if typed != number:
        assert numbers.problem(typed) is not None
        assert (index // 4 + 1, number) in numbers.neighbours(typed)


@pytest.mark.parametrize(
    ("typed", "kind", "group"),
    [
        ("K7QM-2V9D-XR4-81PB-C", "length", 3),
        ("K7QM-2V9D", "length", 3),
        ("K7QM-2V9D-XRUT-81PB-C", "symbol", 3),
        ("K7QM2V9D", "length", None),
        ("", "length", None),
    ],
)
def test_what_is_wrong_names_its_group(typed: str, kind: str, group: int | None) -> None:
    problem = numbers.problem(typed)
    assert problem is not None
    assert (problem.kind, problem.group) == (kind, group)


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    numbers.clean(text)
    numbers.looks_like(text)
    numbers.problem(text)
