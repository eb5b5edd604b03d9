"""Every adapter against its recorded answers: `tests/payloads/<slug>/<situation>.json` and `<situation>.expected.json`.

The answers are written to each carrier's documented wire format. An expected file holds the list of results, or the
error (`{"error": ..., "detail": ...}`) that the whole answer means. `<situation>.push.json` is a push.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from carriers import registry
from carriers.base import PushAdapter
from carriers.errors import CarrierError
from carriers.serialise import error_to_json, result_to_json
from carriers.vocabulary import EventCode

PAYLOADS = Path(__file__).parent.parent / "payloads"
ANSWERS = sorted(
    path for path in PAYLOADS.glob("*/*") if path.suffix in (".json", ".xml") and ".expected" not in path.suffixes
)


def read(path: Path) -> Any:
    adapter = registry.adapter(path.parent.name)
    try:
        if ".push" in path.suffixes:
            assert isinstance(adapter, PushAdapter)
            return [result_to_json(result) for result in adapter.read_push(path.read_bytes())]
        return [result_to_json(result) for result in adapter.read(path.read_bytes())]
    except CarrierError as error:
        return error_to_json(error)


def expected(path: Path) -> Any:
    return json.loads(path.with_name(path.name.split(".")[0] + ".expected.json").read_text(encoding="utf-8"))


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@pytest.mark.parametrize("path", ANSWERS, ids=name)
def test_a_recorded_answer_reads_as_expected(path: Path) -> None:
    assert read(path) == expected(path)


@pytest.mark.parametrize("slug", registry.ADAPTERS)
def test_every_adapter_has_recorded_answers_of_a_journey_and_of_an_error(slug: str) -> None:
    read_back = [expected(path) for path in ANSWERS if path.parent.name == slug]
    assert any(isinstance(answer, list) and answer[0]["events"] for answer in read_back)
    assert any(isinstance(answer, dict) or answer[0]["failure"] for answer in read_back)


@pytest.mark.parametrize("path", ANSWERS, ids=name)
def test_an_answer_reads_the_same_twice(path: Path) -> None:
    assert read(path) == read(path)


@pytest.mark.parametrize("slug", registry.ADAPTERS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"7",
        b'"text"',
        b"<html><body>Busy</body></html>",
        b"<a/>",
        b"\xff\xfe",
        b'{"a":\x00}',
    ],
    ids=["empty", "null", "list", "object", "number", "text", "page", "xml", "not utf-8", "nul"],
)
def test_a_strange_answer_is_a_named_error_or_says_nothing(slug: str, body: bytes) -> None:
    try:
        results = registry.adapter(slug).read(body)
    except CarrierError:
        return
    assert results == []


@pytest.mark.parametrize("slug", registry.ADAPTERS)
def test_an_unknown_code_is_unknown_and_never_in_transit(slug: str) -> None:
    facts = registry.sheet(slug)
    assert facts.meaning("A CODE OF NEXT YEAR", "a wording of next year").code is EventCode.UNKNOWN
    assert facts.meaning("", "").code is EventCode.UNKNOWN


@pytest.mark.parametrize("path", [path for path in ANSWERS if path.suffix == ".json"], ids=name)
def test_nothing_of_a_person_is_among_the_details_of_an_event(path: Path) -> None:
    answer = read(path)
    keys = (
        {key for result in answer for event in result["events"] for key in event["details"]}
        if type(answer) is list
        else set()
    )
    assert not [key for key in keys if any(word in key for word in ("name", "signed_by", "street", "phone", "mail"))]


def damaged(value: Any, seen: set[str], at: str = "") -> Iterator[Any]:
    """Copies of `value`, one part after another replaced by something else; a list's first entry stands for all."""
    if at not in seen:
        seen.add(at)
        yield from (None, 7, -1.5, "x", "", [], {}, True)
    if isinstance(value, dict):
        for key, part in value.items():
            yield from ({**value, key: other} for other in damaged(part, seen, f"{at}/{key}"))
            yield {name: item for name, item in value.items() if name != key}
    elif isinstance(value, list) and value:
        yield from ([other, *value[1:]] for other in damaged(value[0], seen, f"{at}/0"))


@pytest.mark.parametrize("path", [path for path in ANSWERS if path.suffix == ".json"], ids=name)
def test_a_damaged_answer_is_a_named_error_or_is_read(path: Path) -> None:
    adapter = registry.adapter(path.parent.name)
    for answer in damaged(json.loads(path.read_bytes()), set()):
        try:
            results = adapter.read(json.dumps(answer).encode())
            json.dumps([result_to_json(result) for result in results])
        except CarrierError:
            continue
