"""Whatever a carrier's server does, every adapter's answer to it has the same name: one table, over real HTTP.

What an adapter reads in the answers that it knows is in test_contract.py, what a fault of the sandbox is in
sandbox/test_faults_over_http.py, and the client's own rules in test_client_*.py.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from carriers import bounds, registry
from carriers.client import Outcome
from carriers.errors import TryLater
from carriers.serialise import event_to_json
from tests.carriers.mutation import PAYLOADS
from tests.carriers.road import Reply, Road, road

PAGE = b"<!doctype html><html><body><h1>It works!</h1></body></html>"
XHTML = b"<html><body><h1>It works!</h1></body></html>"
BOMB = gzip.compress(b" " * 30_000_000)


async def endless(request: web.BaseRequest) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(bounds.MAX_BYTES // 64_000 + 20):
        await response.write(b" " * 64_000)
    return response


async def broken_off(request: web.BaseRequest) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "900"})
    await response.prepare(request)
    await response.write(b'{"a": ')
    assert request.transport is not None
    request.transport.close()
    return response


def gzipped(body: bytes) -> Reply:
    return Reply(body=body, headers={"Content-Encoding": "gzip"})


def of_charset(text: str, charset: str) -> Reply:
    return Reply(body=text.encode(charset), headers={"Content-Type": f"application/json; charset={charset}"})


# What the server does, and what that is called: for every carrier the same.
ROADS: dict[str, tuple[Reply, str]] = {
    "401": (Reply(status=401), "refused"),
    "401 with JSON": (Reply(status=401, body=b'{"message": "no"}'), "refused"),
    "401 with a page": (Reply(status=401, body=PAGE), "refused"),
    "403": (Reply(status=403), "refused"),
    "403 with XML": (Reply(status=403, body=b"<error>no</error>"), "refused"),
    "404": (Reply(status=404), "not_found"),
    "404 with a page": (Reply(status=404, body=PAGE), "not_found"),
    "204": (Reply(status=204), "not_found"),
    "200 and nothing": (Reply(), "bad_answer"),
    "200 and an empty object": (Reply(body=b"{}"), "bad_answer"),
    "200 and an empty list": (Reply(body=b"[]"), "bad_answer"),
    "200 and null": (Reply(body=b"null"), "bad_answer"),
    "200 and an empty element": (Reply(body=b"<a/>"), "bad_answer"),
    "302": (Reply(status=302, headers={"Location": "http://127.0.0.1:1/"}), "bad_answer"),
    "400": (Reply(status=400), "bad_answer"),
    "408": (Reply(status=408), "try_later"),
    "429": (Reply(status=429, headers={"Retry-After": "7"}), "try_later"),
    "500": (Reply(status=500), "try_later"),
    "500 with a page": (Reply(status=500, body=XHTML), "try_later"),
    "502 with a page": (Reply(status=502, body=PAGE), "try_later"),
    "503": (Reply(status=503, headers={"Retry-After": "7"}), "try_later"),
    "a page": (Reply(body=PAGE), "bad_answer"),
    "a page in XML": (Reply(body=XHTML), "bad_answer"),
    "broken off": (Reply(send=broken_off), "try_later"),
    "packed and broken off": (gzipped(gzip.compress(PAGE)[:-12]), "bad_answer"),
    "endless": (Reply(send=endless), "bad_answer"),
    "a bomb": (gzipped(BOMB), "bad_answer"),
    "UTF-16": (of_charset('{"a": "é"}', "utf-16"), "bad_answer"),
    "Latin-1": (of_charset('{"a": "é"}', "iso-8859-1"), "bad_answer"),
    "Latin-1 in XML": (Reply(body=b'<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe9</a>'), "bad_answer"),
}  # fmt: skip

# A carrier that means something of its own by it, and what its document says.
EXCEPTIONS: dict[tuple[str, str], tuple[str, str]] = {
    ("asendia", "200 and an empty list"): ("not_found", "the answer is the list of events"),
    ("correos", "200 and an empty list"): ("not_found", "the answer is the list of shipments"),
    ("laposte", "200 and an empty list"): ("not_found", "a batch's answer is the list of its items"),
    ("seko", "200 and an empty list"): ("not_found", "the answer is the list of the consignments that it knows"),
    ("seko", "200 and null"): ("not_found", "the same list, where it knows none"),
}

# What the server that gives tokens does. A missing page there says nothing of the number.
LOGINS: dict[str, tuple[Reply, str]] = {
    "400": (Reply(status=400, body=b'{"error": "invalid_client"}'), "refused"),
    "401": (Reply(status=401), "refused"),
    "403": (Reply(status=403), "refused"),
    "404": (Reply(status=404), "bad_answer"),
    "204": (Reply(status=204), "bad_answer"),
    "429": (Reply(status=429), "try_later"),
    "503": (Reply(status=503), "try_later"),
    "a page": (Reply(body=PAGE), "bad_answer"),
    "no token in it": (Reply(body=b"{}"), "bad_answer"),
    "a list": (Reply(body=b"[]"), "bad_answer"),
}

RECORDED = {
    path: json.loads(path.with_name(path.name.split(".")[0] + ".expected.json").read_text(encoding="utf-8"))
    for slug in registry.ADAPTERS
    for path in sorted((PAYLOADS / slug).glob("*"))
    if path.suffix in (".json", ".xml") and not {".expected", ".push"} & set(path.suffixes)
}
ERRORS = [path for path, expected in RECORDED.items() if isinstance(expected, dict)]
ALONE = [path for path, expected in RECORDED.items() if isinstance(expected, list) and len(expected) == 1]


@pytest.fixture(scope="module")
def carriers() -> Iterator[Road]:
    with road() as made:
        yield made


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def called(outcome: Outcome) -> str:
    """The failure's name, or how many events were read."""
    assert outcome.result is not None
    failure = outcome.result.failure
    return failure.kind if failure is not None else f"{len(outcome.result.events)} events"


@pytest.mark.parametrize("slug", registry.ADAPTERS)
def test_every_bad_road_has_its_name(carriers: Road, slug: str) -> None:
    expected = {case: EXCEPTIONS.get((slug, case), (kind, ""))[0] for case, (_, kind) in ROADS.items()}
    assert {case: called(carriers.track(slug, reply)) for case, (reply, _) in ROADS.items()} == expected


@pytest.mark.parametrize("slug", registry.ADAPTERS)
def test_a_carrier_that_limits_us_is_asked_again_when_it_says(carriers: Road, slug: str) -> None:
    for case in ("429", "503"):
        outcome = carriers.track(slug, ROADS[case][0])
        assert outcome.result is not None
        assert isinstance(outcome.result.failure, TryLater)
        assert (outcome.result.failure.after_s, outcome.http_status) == (7, int(case))


@pytest.mark.parametrize("slug", [slug for slug in registry.ADAPTERS if registry.adapter(slug).auth is not None])
def test_a_token_that_is_not_given_has_its_name_and_nobody_is_asked_without_one(carriers: Road, slug: str) -> None:
    for case, (reply, kind) in LOGINS.items():
        assert (case, called(carriers.login(slug, reply)), carriers.asked) == (case, kind, [])


@pytest.mark.parametrize("path", ERRORS, ids=name)
def test_the_carrier_s_own_words_for_an_error_hold_under_any_status_that_does_not_say_more(
    carriers: Road, path: Path
) -> None:
    slug, body, own = path.parent.name, path.read_bytes(), RECORDED[path]["error"]
    told = {status: called(carriers.track(slug, Reply(status=status, body=body))) for status in (200, 400, 401, 404)}
    # An answer that the adapter cannot read leaves it to the status.
    by_status = {200: own, 400: own, 401: "refused", 404: "not_found"}
    assert told == (by_status if own == "bad_answer" else dict.fromkeys(told, own))


@pytest.mark.parametrize("path", ERRORS, ids=name)
def test_under_500_only_a_fault_in_xml_is_read(carriers: Road, path: Path) -> None:
    slug, own = path.parent.name, RECORDED[path]["error"]
    told = called(carriers.track(slug, Reply(status=500, body=path.read_bytes())))
    assert told == ("try_later" if own == "bad_answer" or path.suffix == ".json" else own)


@pytest.mark.parametrize("path", ALONE, ids=name)
def test_a_recorded_answer_is_read_over_http_and_cut_off_it_is_a_bad_answer(carriers: Road, path: Path) -> None:
    slug, body, [expected] = path.parent.name, path.read_bytes(), RECORDED[path]
    whole = carriers.track(slug, Reply(body=body), expected["number"] or "AB123456785CD")
    assert outcome_of(whole) == (expected["failure"] or expected["events"])
    assert called(carriers.track(slug, Reply(body=body.rstrip()[:-9]), expected["number"])) == "bad_answer"
    utf16 = Reply(body=body.decode().encode("utf-16"))
    assert called(carriers.track(slug, utf16, expected["number"])) == "bad_answer"


def outcome_of(outcome: Outcome) -> Any:
    """As in an expected file: the failure, or the events."""
    assert outcome.result is not None
    if outcome.result.failure is not None:
        return {"error": outcome.result.failure.kind, "detail": outcome.result.failure.detail}
    return [event_to_json(event) for event in outcome.result.events]
