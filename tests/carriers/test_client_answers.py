"""What the client makes of answers: whole, too big, in batches, unchanged, in two calls."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from carriers import registry
from carriers.client import CarrierClient, fingerprint
from carriers.vocabulary import EventCode
from tests.carriers.carrier_double import (
    DELIVERED,
    PAYLOADS,
    access,
    carrier,
    failure,
    numbers,
    run,
    tracked,
)

# What comes back is what was sent.


def test_an_answer_is_read_and_kept_raw() -> None:
    [outcome] = tracked("dhl_unified", DELIVERED)
    assert failure(outcome) is None
    assert outcome.result is not None
    assert [event.code for event in outcome.result.events] == [EventCode.LAST_MILE_DELIVERED]
    assert (outcome.body, outcome.http_status, len(outcome.digest)) == (DELIVERED, 200, 16)


def test_a_compressed_answer_is_read() -> None:
    [outcome] = tracked("dhl_unified", (200, gzip.compress(DELIVERED), {"Content-Encoding": "gzip"}))
    assert failure(outcome) is None
    assert outcome.body == DELIVERED


def test_query_headers_and_body_arrive_as_the_adapter_wrote_them() -> None:
    async def test() -> None:
        async with carrier(DELIVERED) as double, CarrierClient.connect() as client:
            await client.track(registry.adapter("dhl_unified"), access("dhl_unified", double.url), numbers("A&B+C 1"))
            [(method, path, headers, _)] = double.asked
            assert (method, path) == ("GET", "/track/shipments?trackingNumber=A%26B%2BC+1&language=en")
            assert headers["DHL-API-Key"] == "demo"

    run(test)


def test_an_outcome_bears_the_number_asked_for_though_the_carrier_writes_it_otherwise() -> None:
    [outcome] = tracked("dhl_unified", DELIVERED, asked=("89-9534-8891",))
    assert outcome.number == "89-9534-8891"


# What is too big, too deep or not what it says is a bad answer.


@pytest.mark.parametrize(
    "body",
    [
        b'{"shipments": "' + b"x" * 10_000_000 + b'"}',
        b'{"shipments": ' + b"[" * 40 + b"]" * 40 + b"}",
        b'{"shipments": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b'{"shipments": \x00}',
        b'{"shipments": "\\u0000"}',
        b'{"shipments": "\\ud800"}',
        b'{"shipments": "\xff\xfe"}',
        b'{"shipments": NaN}',
        b'{"shipments": 1e999}',
        b'{"shipments": [',
        b"<html><body>Maintenance</body></html>",
        b"",
    ],
    ids=["10 MB", "40 deep", "200,000 deep", "NUL", "escaped NUL", "half a surrogate pair", "not UTF-8", "NaN",
         "infinity", "broken off", "a page", "empty"],
)  # fmt: skip
@pytest.mark.parametrize(("slug", "count"), [("dhl_unified", 1), ("yanwen", 1), ("yanwen", 3), ("laposte", 2)])
def test_what_breaks_a_bound_is_a_bad_answer(slug: str, count: int, body: bytes) -> None:
    asked = tuple(f"UH{number:09}YP" for number in range(count))
    outcomes = tracked(slug, body, asked=asked)
    assert [failure(outcome) for outcome in outcomes] == ["bad_answer"] * count
    assert [outcome.number for outcome in outcomes] == list(asked)


def test_of_an_endless_answer_the_beginning_is_kept_and_the_failure_says_so() -> None:
    body = b'{"shipments": "' + b"x" * 10_000_000 + b'"}'
    [outcome] = tracked("dhl_unified", body)
    assert outcome.result is not None
    assert str(outcome.result.failure) == "the answer has more than 5,000,000 bytes; so many are kept"
    assert (outcome.body == body[:5_000_000], outcome.http_status) == (True, 200)


def test_an_endless_answer_to_many_numbers_is_kept_once() -> None:
    outcomes = tracked("yanwen", b"[" * 6_000_000, asked=tuple(f"UH{number:09}YP" for number in range(30)))
    assert [len(outcome.body) for outcome in outcomes] == [5_000_000] + [0] * 29
    small = tracked("yanwen", b"<html/>", asked=("UH000000001YP", "UH000000002YP"))
    assert [outcome.body for outcome in small] == [b"<html/>"] * 2


def test_a_small_answer_that_unpacks_to_gigabytes_is_stopped() -> None:
    [outcome] = tracked("dhl_unified", (200, gzip.compress(b" " * 60_000_000), {"Content-Encoding": "gzip"}))
    assert failure(outcome) in ("bad_answer", "try_later")


def test_a_text_full_of_quotes_does_not_take_for_ever() -> None:
    body = b"[" * 40 + b'"' + b'\\"' * 1_000_000
    started = asyncio.run(_seconds(lambda: tracked_in_thread(body)))
    assert started < 5


async def _seconds(work: Callable[[], Awaitable[Any]]) -> float:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await work()
    return loop.time() - begun


async def tracked_in_thread(body: bytes) -> None:
    [outcome] = await asyncio.to_thread(tracked, "dhl_unified", body)
    assert failure(outcome) == "bad_answer"


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE a [<!ENTITY x "y">]><tracking-detail>&x;</tracking-detail>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><tracking-detail><pin>&x;</pin></tracking-detail>',
        b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd"> %x;]><tracking-detail/>',
        b'<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><tracking-detail>&b;</tracking-detail>',
        b"<tracking-detail>&undefined;</tracking-detail>",
        b"<a>" * 40 + b"</a>" * 40,
        b"<tracking-detail>",
        b'<?xml version="1.0" encoding="ISO-8859-1"?><tracking-detail>\xe9</tracking-detail>',
    ],
    ids=["entity", "XXE", "outer DTD", "laughs", "undefined entity", "40 deep", "broken off", "not UTF-8"],
)
def test_xml_with_a_dtd_or_an_entity_is_a_bad_answer(body: bytes) -> None:
    [outcome] = tracked("canadapost", body, asked=("7023210039414604",))
    assert failure(outcome) == "bad_answer"
    assert outcome.body == body


def test_one_bad_piece_leaves_the_rest_of_the_batch_alone() -> None:
    answer = json.loads((PAYLOADS / "yanwen" / "three_numbers.json").read_bytes())
    answer["result"][1]["checkpoints"][0]["time_stamp"] = "last Tuesday"
    good, bad, missing = tracked(
        "yanwen", json.dumps(answer).encode(), asked=("UH972281866YP", "UA620116415YP", "UB000000001YP")
    )
    assert [failure(outcome) for outcome in (good, bad, missing)] == [None, "bad_answer", "not_found"]
    assert b"last Tuesday" in bad.body
    assert b"last Tuesday" not in good.body


# An answer that says nothing new is not read again.


def test_an_unchanged_answer_is_not_read_again() -> None:
    async def test() -> None:
        async with carrier(DELIVERED) as double, CarrierClient.connect() as client:
            adapter, account, asked = (
                registry.adapter("dhl_unified"),
                access("dhl_unified", double.url),
                numbers("8995348891"),
            )
            [first] = await client.track(adapter, account, asked)
            [second] = await client.track(adapter, account, asked, {first.number: first.digest})
            assert not first.is_unchanged
            assert second.is_unchanged
            assert second.digest == first.digest

    run(test)


def test_of_a_batch_only_what_changed_is_read_and_the_clock_of_the_answer_is_no_change() -> None:
    answer = json.loads((PAYLOADS / "yanwen" / "three_numbers.json").read_bytes())
    changed = json.loads(json.dumps(answer)) | {"requestTime": "2026-06-21T10:00:00+08:00"}
    changed["result"][1]["checkpoints"].pop()

    async def test() -> None:
        script = (json.dumps(answer).encode(), json.dumps(changed).encode())
        async with carrier(*script) as double, CarrierClient.connect() as client:
            adapter, account = registry.adapter("yanwen"), access("yanwen", double.url)
            asked = numbers("UH972281866YP", "UA620116415YP")
            first = await client.track(adapter, account, asked)
            known = {outcome.number: outcome.digest for outcome in first}
            again = await client.track(adapter, account, asked, known)
            assert [outcome.is_unchanged for outcome in again] == [True, False]

    run(test)


@pytest.mark.parametrize(
    ("slug", "volatile", "first", "second", "news"),
    [
        ("nz_post", "results.sent_at", b'{"results": {"sent_at": 1, "n": 2}}', b'{"results": {"sent_at": 9, "n": 2}}',
         b'{"results": {"sent_at": 1, "n": 3}}'),
        ("nz_post", "results.sent_at", b'{"results": [1]}', b'{"results":  [1]}', b'{"results": [2]}'),
        ("dpd", "TimeStamp", b"<a><x:TimeStamp z='1'>1</x:TimeStamp><n>2</n></a>",
         b"<a><x:TimeStamp z='1'>9</x:TimeStamp><n>2</n></a>", b"<a><x:TimeStamp z='1'>1</x:TimeStamp><n>3</n></a>"),
    ],
)  # fmt: skip
def test_what_changes_on_every_call_is_no_news(
    slug: str, volatile: str, first: bytes, second: bytes, news: bytes
) -> None:
    facts = registry.sheet(slug)
    assert facts.api is not None
    adapter = type(registry.adapter(slug))(replace(facts, api=replace(facts.api, volatile=(volatile,))))
    assert fingerprint(adapter, first) == fingerprint(adapter, second) != fingerprint(adapter, news)


def test_a_failure_is_never_taken_for_unchanged() -> None:
    async def test() -> None:
        async with carrier((404, b'{"status": 404}', {})) as double, CarrierClient.connect() as client:
            adapter, account, asked = (
                registry.adapter("dhl_unified"),
                access("dhl_unified", double.url),
                numbers("8995348891"),
            )
            [first] = await client.track(adapter, account, asked)
            [second] = await client.track(adapter, account, asked, {first.number: first.digest})
            assert (failure(first), failure(second)) == ("not_found", "not_found")

    run(test)


# A second look that fails loses nothing.


@pytest.mark.parametrize("second", [(503, b"", {}), (429, b"", {"Retry-After": "60"}), (404, b"", {}), (302, b"", {})])
def test_an_optional_call_that_fails_leaves_the_first_answer(second: tuple[int, bytes, dict[str, str]]) -> None:
    answer = json.loads((PAYLOADS / "yunexpress" / "shenzhen_to_berlin.json").read_bytes())
    answer["Item"]["ProviderName"] = ""
    first = json.dumps(answer).encode()
    [outcome] = tracked("yunexpress", first, second, asked=("YT2630900704811734",))
    assert failure(outcome) is None
    assert (outcome.body, outcome.http_status) == (first, 200)
