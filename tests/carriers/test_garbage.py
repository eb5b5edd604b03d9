"""Whatever a carrier sends, it is read, or a named error, and nothing is told that the carrier did not say.

Some thousand mutants of the recorded answers, pushes and messages; `python -m benchmarks mutants` reads a million.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from carriers import registry
from carriers.events import NextLeg, TrackingEvent, TrackingResult
from carriers.vocabulary import EventCode
from tests.carriers.invention import Said, inventions
from tests.carriers.mutation import PAYLOADS, Subject, subjects
from tests.carriers.trial import trial

SUBJECTS = list(subjects())
MUTANTS = 20  # of each body


@pytest.mark.parametrize("subject", SUBJECTS, ids=str)
def test_a_mutant_is_read_or_a_named_error_and_nothing_is_invented(subject: Subject) -> None:
    bodies = [subject.body, *(subject.mutant(place) for place in range(MUTANTS))]
    assert {place: faults for place, body in enumerate(bodies) if (faults := trial(subject, body).faults)} == {}


def test_a_mutant_is_the_same_in_every_run() -> None:
    for subject in SUBJECTS[::40]:
        assert [subject.mutant(place) for place in range(9)] == [subject.mutant(place) for place in range(9)]


def test_most_mutants_differ_from_what_was_recorded_and_many_are_still_read() -> None:
    mutants = [(subject, subject.mutant(0)) for subject in SUBJECTS]
    assert sum(body != subject.body for subject, body in mutants) > len(mutants) * 0.9
    assert sum(trial(subject, body).results > 0 for subject, body in mutants) > len(mutants) * 0.2


# The rule itself notices what is made up.

ANSWER = (PAYLOADS / "gls" / "batch.json").read_bytes()


def told() -> tuple[TrackingResult, TrackingEvent, Said]:
    adapter = registry.adapter("gls")
    result = next(result for result in adapter.read(ANSWER) if result.events)
    return result, result.events[0], Said.by(adapter.decode(ANSWER))


def test_what_the_carrier_said_is_no_invention() -> None:
    result, _, said = told()
    assert inventions([result], said) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"raw_code": "None"}, "code 'None'"),
        ({"raw_code": "{'value': None}"}, "code \"{'value': None}\""),
        ({"raw_text": "Lost at sea"}, "text 'Lost at sea'"),
        ({"raw_code": "", "raw_text": "", "code": EventCode.ANY_LOST}, "any.lost without a word"),
    ],
)
def test_a_word_that_was_not_said_is_an_invention(change: dict[str, Any], named: str) -> None:
    result, event, said = told()
    assert inventions([replace(result, events=(replace(event, **change),))], said) == [named]


def test_a_time_that_was_not_said_is_an_invention() -> None:
    result, event, said = told()
    for time in (replace(event.time, raw="1999-09-09T09:09:09"), replace(event.time, raw=""),
                 replace(event.time, offset_min=None)):  # fmt: skip
        assert inventions([replace(result, events=(replace(event, time=time),))], said)


def test_a_number_that_was_not_said_is_an_invention() -> None:
    result, _, said = told()
    leg = NextLeg(number="LX481516238NL", carrier=None)
    assert inventions([replace(result, next_leg=leg)], said) == ["next leg 'LX481516238NL'"]


def test_more_events_than_the_answer_has_objects_are_inventions() -> None:
    result, event, said = told()
    assert inventions([replace(result, events=(event,) * (said.objects + 1))], said)
