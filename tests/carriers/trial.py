"""One body read in every way in which the platform reads it, and what came of it: results, a named error, a fault."""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from carriers import messages, registry
from carriers.base import Access, Answer, CarrierAdapter, PushAdapter
from carriers.errors import CarrierError
from carriers.events import TrackedNumber, TrackingResult
from carriers.messages import Format, Reading
from carriers.messages.codes import code_table
from carriers.serialise import event_to_json, result_to_json
from tests.carriers.invention import Said, inventions, message_inventions
from tests.carriers.mutation import Subject

NOW = datetime(2026, 7, 20, tzinfo=UTC)
STRANGER = "AB123456785CD"
_MOST_CALLS = 5
_NOT_KEPT = "a second look lost what the first had told"


@dataclass(slots=True)
class Verdict:
    """What reading a body brought. `errors` are the kinds of the named errors; `faults` must be empty."""

    results: int = 0
    events: int = 0
    errors: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)
    slowest_ms: float = 0.0

    @property
    def faults(self) -> list[str]:
        """What no body may bring about."""
        return self.invented + self.crashes


def trial(subject: Subject, body: bytes) -> Verdict:
    """Reads a body as what `subject` is: an answer, a push or a message."""
    verdict = Verdict()
    read = {"message": _message, "push": _push, "answer": _answer}[subject.kind]
    try:
        read(subject, body, verdict)
    except Exception as error:
        verdict.crashes.append(_named(error))
    return verdict


def _answer(subject: Subject, body: bytes, verdict: Verdict) -> None:
    adapter = registry.adapter(subject.slug)
    results = _timed(lambda: adapter.read(body), verdict)
    _judge(adapter, results, (body,), verdict)
    several = (adapter.facts.api.batch if adapter.facts.api else 1) > 1
    for asked in (_asked(subject)[:1], _asked(subject)) if several else (_asked(subject)[:1],):
        told = _timed(partial(ask, adapter, asked, body, body), verdict)
        _judge(adapter, told, (body,), verdict, asked=asked)
    if type(adapter).calls is not CarrierAdapter.calls:
        _second_look(adapter, subject, body, verdict)


def _second_look(adapter: CarrierAdapter, subject: Subject, body: bytes, verdict: Verdict) -> None:
    """The recorded answer first, this one after it: where that was optional, the first one's events are kept."""
    asked, optional = _asked(subject)[:1], list[bool]()
    before = _timed(lambda: ask(adapter, asked, subject.body, b"", status=0), Verdict())
    after = _timed(lambda: ask(adapter, asked, subject.body, body, optional=optional), verdict)
    _judge(adapter, after, (subject.body, body), verdict, asked=asked)
    if optional and [each.events for each in before or ()] != [each.events for each in after or ()]:
        verdict.crashes.append(_NOT_KEPT)


def ask(
    adapter: CarrierAdapter,
    asked: Sequence[TrackedNumber],
    first: bytes,
    then: bytes,
    *,
    status: int = 200,
    optional: list[bool] | None = None,
) -> list[TrackingResult]:
    """Every asked number's result, as the client has it from the adapter: `first` answers its first request, `then` all
    others, under `status`. Whether one of those was optional is noted in `optional`. Raises CarrierError.
    """
    access = Access(credentials=dict.fromkeys(adapter.credentials, "demo"), now=NOW)
    calls = adapter.calls(asked, access)
    next(calls)
    answer = Answer(status=200, headers={}, body=first)
    try:
        for _ in range(_MOST_CALLS):
            request = calls.send(answer)
            if request.is_optional and optional is not None:
                optional.append(True)
            answer = Answer(status=status if request.is_optional else 200, headers={}, body=then)
    except StopIteration as stop:
        results = [result for result, _ in stop.value]
        assert len(results) == len(asked)
        return results
    raise AssertionError(f"it asks more than {_MOST_CALLS} times")


def _push(subject: Subject, body: bytes, verdict: Verdict) -> None:
    adapter = registry.adapter(subject.slug)
    assert isinstance(adapter, PushAdapter)
    results = _timed(lambda: adapter.read_push(body), verdict)
    if results:
        _judge(adapter, results, (body,), verdict, decode=adapter.decode_push)


def _message(subject: Subject, body: bytes, verdict: Verdict) -> None:
    reading: Reading | None = _timed(lambda: messages.read(Format(subject.slug), body, NOW), verdict)
    if reading is None:
        return
    verdict.results += bool(reading.events)
    verdict.events += len(reading.events)
    verdict.errors += ["problem"] * bool(reading.problems)
    for told in reading.events:
        json.dumps(event_to_json(told.event), allow_nan=False)
    verdict.invented += message_inventions(reading, Said.by(_text(body), _text(body).replace("?", "")), _words())


def _judge(
    adapter: CarrierAdapter,
    results: list[TrackingResult] | None,
    bodies: tuple[bytes, ...],
    verdict: Verdict,
    *,
    asked: Sequence[TrackedNumber] = (),
    decode: Callable[[bytes], Any] | None = None,
) -> None:
    for result in results or ():
        if result.failure is not None:
            verdict.errors.append(result.failure.kind)
        else:
            verdict.results += 1
            verdict.events += len(result.events)
        if [event.sequence for event in result.events] != list(range(len(result.events))):
            verdict.crashes.append("events out of order")
        json.dumps(result_to_json(result), allow_nan=False, ensure_ascii=False).encode()
    if results and any(result.events or result.next_leg for result in results):
        said = Said.by(*_decoded(decode or adapter.decode, bodies))
        verdict.invented += inventions(results, said, adapter.slug, [each.number for each in asked])


def _decoded(decode: Callable[[bytes], Any], bodies: tuple[bytes, ...]) -> list[Any]:
    told = []
    for body in bodies:
        try:
            told.append(decode(body))
        except CarrierError:
            continue
    return told


def _timed(read: Callable[[], Any], verdict: Verdict) -> Any:
    """What `read` returns; None where it raised, which `verdict` then tells."""
    begin = time.thread_time_ns()
    try:
        return read()
    except CarrierError as error:
        verdict.errors.append(error.kind)
    except Exception as error:
        verdict.crashes.append(_named(error))
    finally:
        verdict.slowest_ms = max(verdict.slowest_ms, (time.thread_time_ns() - begin) / 1e6)
    return None


def _named(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {str(error)[:80]} ({Path(frame.filename).name}:{frame.lineno})"


@cache
def _asked(subject: Subject) -> tuple[TrackedNumber, ...]:
    """The numbers of the recorded answer, and one that it knows nothing of."""
    try:
        numbers = [result.number for result in registry.adapter(subject.slug).read(subject.body)]
    except CarrierError:
        numbers = []
    known = dict.fromkeys(number for number in [*numbers, STRANGER] if number)
    fields = {fact.name: "1234" for fact in registry.sheet(subject.slug).fields if fact.is_required}
    return tuple(TrackedNumber(number=number, fields=fields) for number in known)


@cache
def _words() -> frozenset[str]:
    """The words of the standards for their own codes."""
    tables = (code_table(name) for name in ("iftsta", "x12_214", "iata_fsu", "dcsa"))
    return frozenset(word for table in tables for word in table.words.values())


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("latin-1")
