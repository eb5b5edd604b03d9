"""Patterns that people type: they mean what `re` means, and none of them can hold a worker up."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracking.phrasebook.patterns import PatternError, compile_pattern

ATOMS = st.sampled_from(["a", "b", "ab", ".", "[ab]", "[^a]", r"\d", r"\.", r"\b", ".*", "(a|bc)", "(ab)?", "b?", "c"])
PATTERNS = st.lists(ATOMS, min_size=1, max_size=7).map("".join)
ALTERNATIVES = st.lists(PATTERNS, min_size=1, max_size=3).map("|".join)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("customs.*(inspect|examin)", "Customs has begun to examine it"),
        ("hand(ed)?[ -]?over", "Hand-over to the airline"),
        (r"gate \d", "At GATE 4"),
        ("^arrived", "Arrived at hub"),
        ("海关.*放行", "已由海关检查并放行"),
        (r"signed \(neighbour\)", "Signed (neighbour)"),
        ("a|b", "xb"),
    ],
)
def test_a_pattern_is_searched_ignoring_case(pattern: str, text: str) -> None:
    assert compile_pattern(pattern).matches(text)
    assert not compile_pattern(pattern).matches("something else")


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("(a+)+b", "repeats with `+`"),
        ("a{2,}", "repeats with `{`"),
        ("(a|b)*", "repeats with `*`"),
        (".*", "fits every text"),
        ("customs|", "fits every text"),
        ("^$", "fits every text"),
        ("(open", "never closed"),
        ("close)", "was not opened"),
        ("[z-a]", "no class of signs"),
        ("[abc", "no class of signs"),
        (r"(a)\1", "not understood"),
        ("(?=a)b", "looks around"),
        ("(?i)a", "looks around"),
        ("*a", "nothing before it"),
        ("\\", "not understood"),
        ("x" * 201, "201 characters"),
        ("(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)", "more than 64 alternatives"),
        ("a?" * 20, "more than 64 alternatives"),
        ("((((((a))))))", "nests brackets too deeply"),
        (".*?a", "after `.*`"),
    ],
)
def test_what_cannot_be_taken_says_why_and_what_to_write(pattern: str, told: str) -> None:
    with pytest.raises(PatternError) as refused:
        compile_pattern(pattern)
    assert told in refused.value.detail
    assert refused.value.cure


@settings(max_examples=500, deadline=None)
@given(ALTERNATIVES, st.text(st.sampled_from("abc1. "), max_size=12))
def test_a_pattern_that_is_taken_means_what_re_means(pattern: str, text: str) -> None:
    try:
        ours = compile_pattern(pattern)
    except PatternError:
        return
    assert ours.matches(text) == bool(re.search(pattern, text, re.IGNORECASE)), (pattern, text)


@given(st.text(st.sampled_from("ab()[]|?*+{}\\^$.,-1d:"), max_size=30))
def test_whatever_is_typed_is_taken_or_refused_by_name(pattern: str) -> None:
    try:
        compile_pattern(pattern).matches("a1b")
    except PatternError:
        return


def test_the_worst_pattern_on_the_worst_text_takes_milliseconds() -> None:
    pattern = compile_pattern(".*".join(["(a|aa)", "(a|aa)", "(a|aa)", "(a|aa)", "(a|aa)", "(a|aa)"]) + "b")
    started = time.perf_counter()
    assert not pattern.matches("a" * 300)
    assert time.perf_counter() - started < 0.2
