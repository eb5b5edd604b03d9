"""Every adapter against answers that others recorded, in `$SHARED_DIR/payloads` (skipped where that folder is absent).

What an answer must come to stands in `shared_payloads/<slug>.toml`: the error's name where it is one (of another API of
the carrier, a page, a wrapper of somebody's, or the carrier's own error), nothing where it must be read.
`*.expected.json` there are mappings of other systems, and no part of this.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from carriers import registry
from carriers.base import CarrierAdapter, PushAdapter
from carriers.errors import BadAnswer, BadPush, CarrierError
from carriers.events import TimeSource, TrackingEvent, TrackingResult

SHARED = Path(os.environ.get("SHARED_DIR", Path(__file__).parents[2].parent / "shared")) / "payloads"

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="no recorded answers beside the checkout")


@dataclass(frozen=True)
class Known:
    """What stands in `shared_payloads/<slug>.toml`: which folders, and what their files must come to."""

    folders: list[str]
    rows: str | list[str]  # JSON arrays, or XML elements, of this name are the events; "" where the answer is the array
    offset_field: str = ""  # in which the carrier tells the offset; others write it at the end of the time
    pushes: list[str] = field(default_factory=list)  # a push of one event, without an array
    errors: dict[str, str] = field(default_factory=dict)  # files that are an error as a whole
    failures: dict[str, dict[str, str]] = field(default_factory=dict)  # numbers that are an error by themselves
    dropped: dict[str, int] = field(default_factory=dict)  # rows of a file that are no events, with the reason beside

    @property
    def names(self) -> list[str]:
        return [self.rows] if isinstance(self.rows, str) else self.rows


KNOWN = {
    path.stem: Known(**tomllib.loads(path.read_text(encoding="utf-8")))
    for path in sorted((Path(__file__).parent / "shared_payloads").glob("*.toml"))
}
OFFSET = re.compile(r"(?:Z|[+-]\d\d:?\d\d)\Z")

FILES = [
    (slug, path)
    for slug, known in KNOWN.items()
    for folder in known.folders
    for path in (sorted((SHARED / folder).glob("*")) if SHARED.is_dir() else [])
    if ".expected" not in path.suffixes
]


def key(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def expected_error(adapter: CarrierAdapter, path: Path) -> str | None:
    foreign = path.suffix == ".html" or (path.suffix == ".xml" and adapter.answer_format == "json")
    return "bad_answer" if foreign else KNOWN[adapter.slug].errors.get(key(path))


def read(adapter: CarrierAdapter, path: Path) -> list[TrackingResult]:
    """An answer, or else a push."""
    try:
        return adapter.read(path.read_bytes())
    except BadAnswer as error:
        if isinstance(adapter, PushAdapter):
            try:
                return adapter.read_push(path.read_bytes())
            except BadPush:
                raise error from None
        raise


def attempt(adapter: CarrierAdapter, path: Path) -> list[TrackingResult] | CarrierError:
    try:
        return read(adapter, path)
    except CarrierError as error:
        return error


def count_rows(value: Any, name: str) -> int:
    """How many entries the arrays called `name` hold, at any depth; JSON inside a text is looked into."""
    if isinstance(value, list):
        return sum(count_rows(item, name) for item in value)
    if isinstance(value, dict):
        here = len(value[name]) if isinstance(value.get(name), list) else 0
        return here + sum(count_rows(item, name) for item in value.values())
    if isinstance(value, str) and value.startswith("{"):
        return count_rows(json.loads(value), name)
    return 0


def rows_of(slug: str, path: Path) -> int:
    known = KNOWN[slug]
    if path.suffix == ".xml":
        text = path.read_text(encoding="utf-8")
        found = sum(len(re.findall(rf"<(?:\w+:)?{name}[ >]", text)) for name in known.names)
    else:
        decoded = json.loads(path.read_text(encoding="utf-8-sig"))
        is_bare = "" in known.names and isinstance(decoded, list)
        found = len(decoded) if is_bare else sum(count_rows(decoded, name) for name in known.names)
    return found - known.dropped.get(key(path), 0)


def has_told_zone(slug: str, event: TrackingEvent, path: Path) -> bool:
    """The instant has the ground that its source names."""
    grounds = {
        TimeSource.UNKNOWN: event.time.instant is None,
        TimeSource.CARRIER_DEFAULT: registry.sheet(slug).zone is not None,
        TimeSource.PLACE: event.place is not None and event.place.zone is not None,
        TimeSource.COUNTRY: event.place is not None and event.place.country is not None,
        TimeSource.CARRIER_OFFSET: bool(OFFSET.search(event.time.raw))
        or (KNOWN[slug].offset_field or "no such field") in path.read_text(encoding="utf-8"),
    }
    return grounds[event.time.source]


@pytest.mark.parametrize(("slug", "path"), FILES, ids=[key(path) for _, path in FILES])
def test_an_answer_is_read_whole_or_is_the_named_error(slug: str, path: Path) -> None:
    adapter = registry.adapter(slug)
    told = attempt(adapter, path)
    assert (told.kind if isinstance(told, CarrierError) else None) == expected_error(adapter, path), told
    results = told if isinstance(told, list) else []
    events = [event for result in results for event in result.events]
    failures = {result.number: result.failure.kind for result in results if result.failure is not None}
    assert failures == KNOWN[slug].failures.get(key(path), {})
    if results:
        assert len(events) == (1 if key(path) in KNOWN[slug].pushes else rows_of(slug, path))
    assert [event for event in events if not has_told_zone(slug, event, path)] == []
    for result in results:
        assert [event.sequence for event in result.events] == list(range(len(result.events)))


def test_every_listed_file_is_there() -> None:
    listed = {
        file for known in KNOWN.values() for file in (*known.errors, *known.failures, *known.pushes, *known.dropped)
    }
    assert listed <= {key(path) for _, path in FILES}


def test_prints_what_was_read(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"{'carrier':<14}{'answers':>8}{'events':>8}{'unknown codes':>15}{'errors':>8}"]
    for slug in KNOWN:
        told: Counter[str] = Counter()
        unknown: set[str] = set()
        for path in (path for of, path in FILES if of == slug):
            told["answers"] += 1
            results = attempt(registry.adapter(slug), path)
            if isinstance(results, CarrierError):
                told["errors"] += 1
                continue
            events = [event for result in results for event in result.events]
            told["events"] += len(events)
            unknown |= {event.raw_code or event.raw_text for event in events if event.code == "unknown"}
        lines.append(f"{slug:<14}{told['answers']:>8}{told['events']:>8}{len(unknown):>15}{told['errors']:>8}")
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + "\n")
    assert len(lines) == len(KNOWN) + 1
