"""Whatever a carrier sends, an adapter answers with results or with a named error: every recorded answer, mutated.

A mutation drops a key, changes a type, nests, repeats, empties or blows up a value, or cuts the text off.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from carriers import registry
from carriers.base import Answer, CarrierAdapter, PushAdapter
from carriers.errors import CarrierError
from carriers.events import TrackedNumber, TrackingResult
from carriers.serialise import result_to_json

PAYLOADS = Path(__file__).parent.parent / "payloads"
ANSWERS = sorted(
    path
    for slug in registry.ADAPTERS
    for path in (PAYLOADS / slug).glob("*")
    if path.suffix in (".json", ".xml") and ".expected" not in path.suffixes
)
MUTANTS = 60  # of each answer
HUGE = 10**400
STRANGE: list[Any] = [
    None, True, 0, -1, 7.5, 1e300, HUGE, "", "x", "0", "9" * 5_000, "-", "+99:99", "2026-02-30T25:61:61", "0000-00-00",
    "9999-12-31T23:59:59Z", "\U0001f4e6", "\u202e", "<b>", "Z", [], {}, [[]], [None], {"": None}, [{}],
]  # fmt: skip


def leaves(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value inside a decoded answer."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside:
        yield (*way, key)
        yield from leaves(item, (*way, key))


def mutated(value: Any, dice: random.Random) -> Any:
    """The decoded answer with one to three things changed."""
    changed = copy.deepcopy(value)
    for _ in range(dice.randint(1, 3)):
        ways = list(leaves(changed))
        if not ways:
            return copy.deepcopy(dice.choice(STRANGE))
        *way, last = dice.choice(ways)
        holder = changed
        for key in way:
            holder = holder[key]
        kind = dice.randrange(5)
        if kind == 0:
            del holder[last]
        elif kind == 1:
            holder[last] = [holder[last]]
        elif kind == 2:
            holder[last] = {"value": holder[last]}
        elif kind == 3:
            holder[last] = [holder[last]] * 3 if isinstance(holder[last], dict) else str(holder[last])[:3]
        else:
            holder[last] = copy.deepcopy(dice.choice(STRANGE))
    return changed


def mutated_xml(body: bytes, dice: random.Random) -> bytes:
    """The XML answer with one to three elements dropped, emptied, renamed, repeated or filled with strange text."""
    root = ET.fromstring(body)  # noqa: S314  our own file
    for _ in range(dice.randint(1, 3)):
        parents = [element for element in root.iter() if len(element)]
        if not parents:
            break
        parent = dice.choice(parents)
        child = dice.choice(list(parent))
        kind = dice.randrange(5)
        if kind == 0:
            parent.remove(child)
        elif kind == 1:
            child.text = str(dice.choice([text for text in STRANGE if isinstance(text, str)]))
        elif kind == 2:
            child.tag = "other"
        elif kind == 3:
            parent.append(copy.deepcopy(child))
        else:
            child.clear()
    return ET.tostring(root, encoding="utf-8")


def mutants(path: Path) -> Iterator[bytes]:
    dice = random.Random(path.name)
    body = path.read_bytes()
    for _ in range(MUTANTS):
        if path.suffix == ".xml":
            yield mutated_xml(body, dice)
        else:
            yield json.dumps(mutated(json.loads(body), dice)).encode()
    for _ in range(5):
        yield body[: dice.randrange(len(body))]


def check(read: Callable[[], list[TrackingResult]]) -> None:
    try:
        results = read()
    except CarrierError:
        return
    for result in results:
        assert [event.sequence for event in result.events] == list(range(len(result.events)))
        json.dumps(result_to_json(result), allow_nan=False)


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_mutated_answer_gives_results_or_a_named_error(path: Path) -> None:
    adapter = registry.adapter(path.parent.name)
    for body in mutants(path):
        if isinstance(adapter, PushAdapter) and ".push" in path.suffixes:
            check(partial(adapter.read_push, body))
        else:
            check(partial(adapter.read, body))
            check(partial(read_batch, adapter, body))


def read_batch(adapter: CarrierAdapter, body: bytes) -> list[TrackingResult]:
    asked = [TrackedNumber(number="AB123456785CD"), TrackedNumber(number="EF987654321GH")]
    answer = Answer(status=200, headers={}, body=body)
    results = [result for result, _ in adapter.read_each(answer, asked)]
    assert len(results) == len(asked)
    return results
