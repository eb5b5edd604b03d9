"""Every adapter against answers that others recorded, in `$SHARED_DIR/payloads` (skipped where that folder is absent).

What an answer must come to is in the tables below: the error's name where it is one (of another API of the carrier, a
page, a wrapper of somebody's, or the carrier's own error), nothing where it must be read. `*.expected.json` there are
mappings of other systems, and no part of this.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from carriers import registry
from carriers.base import CarrierAdapter, PushAdapter
from carriers.errors import BadAnswer, BadPush, CarrierError
from carriers.events import TimeSource, TrackingEvent, TrackingResult

SHARED = Path(os.environ.get("SHARED_DIR", Path(__file__).parents[2].parent / "shared")) / "payloads"

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="no recorded answers beside the checkout")

FOLDERS = {
    "yunexpress": ("yunexpress",),
    "yanwen": ("yanwen",),
    "sf_express": ("sf_express",),
    "dhl_unified": ("dhl_universal", "deutschepost"),
    "ups": ("ups", "ups_web", "ups_mi"),
    "fedex": ("fedex",),
    "usps": ("usps",),
    "royalmail": ("royalmail",),
    "laposte": ("laposte", "colissimo", "chronopost"),
    "canadapost": ("canadapost",),
}

# Files that are an error as a whole. XML and HTML of the carriers that speak JSON are of retired APIs or pages.
ERRORS = {
    "yunexpress/karrio-2.json": "bad_answer",  # ASP.NET's own words about a path that does not exist
    "yunexpress/openapi-1.json": "bad_answer",  # the new open API
    "yunexpress/webhook-1.json": "bad_answer",  # a push, whose signature nobody has verified
    "dhl_universal/netresearch-1.json": "refused",
    "dhl_universal/netresearch-2.json": "try_later",
    "dhl_universal/romabilka-1.json": "refused",
    "deutschepost/karrio-2.json": "not_found",
    "laposte/debuss-4.json": "not_found",
    "laposte/debuss-5.json": "try_later",
    "laposte/debuss-7.json": "try_later",
    "laposte/debuss-8.json": "try_later",
    "colissimo/karrio-2.json": "not_found",  # the number is not accepted
    "ups/karrio-6.json": "refused",
    "ups/karrio-8.json": "not_found",
    "ups/karrio-9.json": "not_found",
    "ups_web/apify-1.json": "bad_answer",  # the web site's own API
    "fedex/egg-4.json": "bad_answer",  # the web site's own API
    "fedex/egg-6.json": "bad_answer",
    "fedex/karrio-5.json": "refused",
    "fedex/karrio-7.json": "bad_answer",  # a document, not a track
    "fedex/romabilka-1.json": "bad_answer",  # a token
    "fedex/romabilka-4.json": "bad_answer",
    "fedex/romabilka-7.json": "try_later",
    "usps/karrio-3.json": "bad_answer",  # a schema with "string" for every value
    "usps/karrio-4.json": "refused",
    "royalmail/karrio-2.json": "refused",
    "canadapost/active_shipping-3.xml": "not_found",
    "canadapost/egg-2.json": "bad_answer",  # the web site's own API
    "canadapost/haparcel-web-1.json": "bad_answer",
    "canadapost/karrio-1.xml": "refused",
    "canadapost/karrio-3.xml": "not_found",
}

# Numbers inside an answer that are an error by themselves.
FAILURES = {
    "sf_express/routes-rest-1.json": {"SFUNAVAILABLE": "refused", "SFNOROUTE": "not_found"},
    "fedex/romabilka-6.json": {"794843185271": "not_found"},
}

# A push tells one event, without an array.
PUSHES = {"ups/ups-trackalert-2.json"}

# Where the events stand in the answer: JSON arrays, or XML elements, of this name.
ROWS = {
    "yunexpress": "OrderTrackingDetails", "yanwen": "checkpoints", "sf_express": "routes", "dhl_unified": "events",
    "ups": "activity", "fedex": "scanEvents", "usps": "trackingEvents", "royalmail": "events", "laposte": "event",
    "canadapost": "occurrence",
}  # fmt: skip

# A field of its own in which the carrier tells the offset; others write it at the end of the time.
OFFSET_FIELDS = {
    "yunexpress": "ProcessTimezone", "yanwen": "time_zone", "ups": "gmt", "usps": "GMTOffset",
    "canadapost": "event-time-zone",
}  # fmt: skip
OFFSET = re.compile(r"(?:Z|[+-]\d\d:?\d\d)\Z")

FILES = [
    (slug, path)
    for slug, folders in FOLDERS.items()
    for folder in folders
    for path in (sorted((SHARED / folder).glob("*")) if SHARED.is_dir() else [])
    if ".expected" not in path.suffixes
]


def key(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def expected_error(adapter: CarrierAdapter, path: Path) -> str | None:
    foreign = path.suffix == ".html" or (path.suffix == ".xml" and adapter.answer_format == "json")
    return "bad_answer" if foreign else ERRORS.get(key(path))


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
    if path.suffix == ".xml":
        return len(re.findall(rf"<{ROWS[slug]}[ >]", path.read_text(encoding="utf-8")))
    return count_rows(json.loads(path.read_text(encoding="utf-8-sig")), ROWS[slug])


def has_told_zone(slug: str, event: TrackingEvent, path: Path) -> bool:
    """The instant has the ground that its source names."""
    grounds = {
        TimeSource.UNKNOWN: event.time.instant is None,
        TimeSource.CARRIER_DEFAULT: registry.sheet(slug).zone is not None,
        TimeSource.PLACE: event.place is not None and event.place.zone is not None,
        TimeSource.COUNTRY: event.place is not None and event.place.country is not None,
        TimeSource.CARRIER_OFFSET: bool(OFFSET.search(event.time.raw))
        or OFFSET_FIELDS.get(slug, "no such field") in path.read_text(encoding="utf-8"),
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
    assert failures == FAILURES.get(key(path), {})
    if results:
        assert len(events) == (1 if key(path) in PUSHES else rows_of(slug, path))
    assert [event for event in events if not has_told_zone(slug, event, path)] == []
    for result in results:
        assert [event.sequence for event in result.events] == list(range(len(result.events)))


def test_every_listed_file_is_there() -> None:
    assert {*ERRORS, *FAILURES, *PUSHES} <= {key(path) for _, path in FILES}


def test_prints_what_was_read(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"{'carrier':<14}{'answers':>8}{'events':>8}{'unknown codes':>15}{'errors':>8}"]
    for slug in FOLDERS:
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
    assert len(lines) == len(FOLDERS) + 1
