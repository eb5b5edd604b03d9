"""Whatever is sent, reading it ends with events and problems: no crash, and no event out of thin air."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carriers import messages
from carriers.messages import Format
from tests.carriers.messages.test_recorded_messages import FILES, RECEIVED_AT

SLOW = settings(max_examples=150, deadline=None)
STRANGE = [b"'", b"+", b"\x00", b"~", b"*", b"/", b"\n", b"\xff", b"?", b'"', b"9" * 300]
BEGINNINGS = {
    Format.IFTSTA: b"UNB+UNOC:3+A+B'UNH+1+IFTSTA:D:99B:UN'CNI+1+X'STS+1+21'DTM+334:",
    Format.X12_214: b"ISA" + b"*" * 101 + b">~ST*214*1~B10*A*B*C~LX*1~AT7*",
    Format.FSU: b"FSU/12\n020-12345675FRAJFK/T10\n",
    Format.DCSA: b"[{",
    Format.CSV: b"number,occurred_at,code\n",
}


@pytest.mark.parametrize("message_format", Format)
@given(rubbish=st.binary(max_size=400))
@SLOW
def test_rubbish_makes_no_event(message_format: Format, rubbish: bytes) -> None:
    reading = messages.read(message_format, rubbish, RECEIVED_AT)

    assert reading.events == ()
    assert reading.problems


@pytest.mark.parametrize("message_format", Format)
@given(rubbish=st.text(max_size=300))
@SLOW
def test_rubbish_behind_a_good_beginning_is_a_problem_or_nothing(message_format: Format, rubbish: str) -> None:
    reading = messages.read(
        message_format, BEGINNINGS[message_format] + rubbish.encode("utf-8", "replace"), RECEIVED_AT
    )

    for told in reading.events:
        assert told.references
        assert told.event.time.instant is None or told.event.time.instant < datetime(2026, 7, 22, tzinfo=UTC)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_mutated_message_tells_no_reference_that_is_not_in_it(path: Path) -> None:
    dice = random.Random(path.name)
    body = path.read_bytes()
    for _ in range(150):
        mutant = bytearray(body)
        for _ in range(dice.randint(1, 4)):
            at = dice.randrange(len(mutant))
            kind = dice.randrange(4)
            if kind == 0:
                del mutant[at : at + dice.randint(1, 40)]
            elif kind == 1:
                mutant[at:at] = dice.choice(
                    [b"'", b"+", b"\x00", b"~", b"*", b"/", b"\n", b"\xff", b"?", b'"', b"9" * 300]
                )
            elif kind == 2:
                mutant[at] = dice.randrange(256)
            else:
                mutant = mutant[:at]
            mutant = mutant or bytearray(b"x")
        text = _bare(_decoded(bytes(mutant)))
        for told in messages.read(Format(path.parent.name), bytes(mutant), RECEIVED_AT).events:
            for reference in (*told.references, *told.wholes):
                assert _bare(reference.value) in text


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("latin-1")


def _bare(text: str) -> str:
    return "".join(text.upper().split()).replace("-", "").replace("?", "")


@pytest.mark.parametrize("message_format", Format)
def test_a_hostile_file_is_read_in_seconds(message_format: Format) -> None:
    started = time.perf_counter()
    for piece in (b"'", b"?", b"+?'", b"a", b"\n", b",", b'"', b"/", b"{", b"~*"):
        beginning = BEGINNINGS[message_format]
        messages.read(message_format, (beginning + piece * 1_000_000)[:2_000_000], RECEIVED_AT)

    assert time.perf_counter() - started < 30


def test_a_file_over_the_bound_is_refused_with_a_cure() -> None:
    (problem,) = messages.read(Format.FSU, b"x" * 5_000_001, RECEIVED_AT).problems

    assert "5,000,001" in problem.detail
    assert "split" in problem.cure
