"""The client against a real HTTP server on the loopback that behaves as badly as carriers do."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from carriers import registry
from carriers.auth import TokenRequest
from carriers.base import Access
from carriers.client import CarrierClient, Outcome, base_url, fingerprint, token_url
from carriers.errors import MissingField, Refused, TryLater
from carriers.events import TrackedNumber
from carriers.vocabulary import EventCode

PAYLOADS = Path(__file__).parent.parent / "payloads"
NOW = datetime(2026, 6, 14, 8, 0, tzinfo=UTC)
CREDENTIALS = {
    "dhl_unified": {"api_key": "demo"},
    "yanwen": {"merchant_number": "100000"},
    "poczta_polska": {"username": "u", "password": "p"},
    "laposte": {"okapi_key": "demo"},
    "sf_express": {"partner_id": "TL", "checkword": "w"},
    "yunexpress": {"customer_code": "C", "api_secret": "s"},
    "ups": {"client_id": "i", "client_secret": "s"},
    "canadapost": {"username": "u", "password": "p", "api_key": "k", "api_secret": "s"},
}
DELIVERED = json.dumps(
    {"shipments": [{"id": "8995348891", "events": [{"timestamp": "2026-06-12T09:00:00Z", "statusCode": "delivered"}]}]}
).encode()


@dataclass(slots=True)
class Carrier:
    """Answers with `script`, one entry a request, the last one for ever; remembers what it was asked."""

    script: list[Any]
    asked: list[tuple[str, str, Mapping[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.method, request.path_qs, dict(request.headers), await request.read()))
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if callable(step):
            return await step(request)
        status, body, headers = step if isinstance(step, tuple) else (200, step, {})
        return web.Response(status=status, body=body, headers=headers)

    @property
    def paths(self) -> list[str]:
        return [path.partition("?")[0] for _, path, _, _ in self.asked]


@asynccontextmanager
async def carrier(*script: Any) -> AsyncIterator[Carrier]:
    double = Carrier(list(script))
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", double.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    double.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield double
    finally:
        await runner.cleanup()


def access(slug: str, url: str, **credentials: str) -> Access:
    return Access(credentials=CREDENTIALS[slug] | credentials, now=NOW, base_url=url)


def numbers(*texts: str, **fields: str) -> list[TrackedNumber]:
    return [TrackedNumber(number=text, fields=fields) for text in texts]


def tracked(slug: str, *script: Any, asked: tuple[str, ...] = ("8995348891",), **fields: str) -> list[Outcome]:
    async def ask() -> list[Outcome]:
        async with carrier(*script) as double, CarrierClient.connect() as client:
            return await client.track(registry.adapter(slug), access(slug, double.url), numbers(*asked, **fields))

    return asyncio.run(ask())


def failure(outcome: Outcome) -> str | None:
    assert outcome.result is not None
    return outcome.result.failure and outcome.result.failure.kind


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(test())  # type: ignore[arg-type]


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


# The carrier's own errors, and the road's.


def test_the_carrier_s_own_error_is_named_and_its_words_are_kept() -> None:
    body = b'{"title": "No result", "status": 404}'
    [outcome] = tracked("dhl_unified", (404, body, {}))
    assert (failure(outcome), outcome.body, outcome.http_status) == ("not_found", body, 404)
    assert outcome.digest == b""


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "bad_answer"), (401, "refused"), (403, "refused"), (404, "not_found"), (408, "try_later"),
     (429, "try_later"), (500, "try_later"), (502, "try_later"), (503, "try_later")],
)  # fmt: skip
def test_a_status_speaks_where_the_body_says_nothing_that_is_documented(status: int, kind: str) -> None:
    [outcome] = tracked("dhl_unified", (status, b"<html>Sorry</html>", {"Content-Type": "text/html"}))
    assert failure(outcome) == kind
    assert outcome.http_status == status


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<faultstring>Authentication failed</faultstring>", "refused"),
        (b"<faultstring>Out of memory</faultstring>", "try_later"),
    ],
    ids=["a wrong password", "trouble of its own"],
)
def test_a_soap_fault_is_read_though_it_comes_under_500(body: bytes, kind: str) -> None:
    soap = b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>'
    fault = (500, soap + body + b"</s:Fault></s:Body></s:Envelope>", {"Content-Type": "text/xml"})
    [outcome] = tracked("poczta_polska", fault, asked=("RR123456785PL",))
    assert failure(outcome) == kind


def test_a_page_under_500_is_tried_later_by_carriers_of_xml_too() -> None:
    [outcome] = tracked("poczta_polska", (500, b"<html>Sorry</html>", {}), asked=("RR123456785PL",))
    assert failure(outcome) == "try_later"


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("120", 120, 120),
        ("0", 1, 1),
        ("99999999", 86_400, 86_400),
        ("in ten minutes", 500, 600),
        ("soon", None, None),
    ],
)
def test_retry_after_is_believed_within_reason(header: str, least: float | None, most: float | None) -> None:
    if header == "in ten minutes":  # counted from now, not from when the tests were collected
        header = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
    [outcome] = tracked("dhl_unified", (429, b"", {"Retry-After": header}))
    assert outcome.result is not None
    error = outcome.result.failure
    assert isinstance(error, TryLater)
    if least is None or most is None:
        assert error.after_s is None
    else:
        assert error.after_s is not None
        assert least <= error.after_s <= most


def test_a_redirect_is_not_followed() -> None:
    async def test() -> None:
        async with carrier(DELIVERED) as elsewhere, carrier((302, b"", {"Location": f"{elsewhere.url}/x"})) as double:
            async with CarrierClient.connect() as client:
                asked = numbers("8995348891")
                [outcome] = await client.track(
                    registry.adapter("dhl_unified"), access("dhl_unified", double.url), asked
                )
            assert failure(outcome) == "bad_answer"
            assert elsewhere.asked == []

    run(test)


def test_a_carrier_that_does_not_answer_in_time_is_tried_later() -> None:
    async def sleep(_: web.Request) -> web.Response:
        await asyncio.sleep(1)
        return web.Response(body=DELIVERED)

    async def test() -> None:
        session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.2))
        async with carrier(sleep) as double, session:
            client, asked = CarrierClient(session), numbers("8995348891")
            [outcome] = await client.track(registry.adapter("dhl_unified"), access("dhl_unified", double.url), asked)
            assert failure(outcome) == "try_later"

    run(test)


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{", b"not HTTP at all\r\n\r\n"])
def test_an_answer_that_breaks_off_is_tried_later(sent: bytes) -> None:
    async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(sent)
        await writer.drain()
        writer.close()

    async def test() -> None:
        server = await asyncio.start_server(break_off, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        url = f"http://{host}:{port}"
        async with server, CarrierClient.connect() as client:
            asked = numbers("8995348891")
            [outcome] = await client.track(registry.adapter("dhl_unified"), access("dhl_unified", url), asked)
            assert failure(outcome) == "try_later"
            assert outcome.body == sent.partition(b"\r\n\r\n")[2][:1].strip()  # what came of it is kept

    run(test)


@pytest.mark.parametrize(
    ("url", "kind"),
    [("http://127.0.0.1:1", "try_later"), ("http://no-such-host.invalid", "try_later"), ("ftp://127.0.0.1", "refused"),
     ("not an address", "refused"), ("http://", "refused")],
)  # fmt: skip
def test_an_address_that_leads_nowhere_is_named(url: str, kind: str) -> None:
    async def test() -> None:
        async with CarrierClient.connect() as client:
            asked = numbers("8995348891")
            [outcome] = await client.track(registry.adapter("dhl_unified"), access("dhl_unified", url), asked)
            assert failure(outcome) == kind

    run(test)


def test_a_credential_that_no_header_can_hold_is_refused() -> None:
    async def test() -> None:
        async with carrier(DELIVERED) as double, CarrierClient.connect() as client:
            bad = access("dhl_unified", double.url, api_key="a\r\nX-Other: b")
            [outcome] = await client.track(registry.adapter("dhl_unified"), bad, numbers("8995348891"))
            assert failure(outcome) == "refused"
            assert double.asked == []

    run(test)


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    [outcome] = tracked("dhl_unified", DELIVERED)
    assert failure(outcome) is None


# What an account or a number lacks is told before anybody is asked.


def test_a_missing_credential_is_refused_without_a_call() -> None:
    async def test() -> None:
        async with carrier(DELIVERED) as double, CarrierClient.connect() as client:
            bare = Access(credentials={}, now=NOW, base_url=double.url)
            [outcome] = await client.track(registry.adapter("dhl_unified"), bare, numbers("8995348891"))
            assert failure(outcome) == "refused"
            assert outcome.result is not None
            assert "api_key" in str(outcome.result.failure)
            assert double.asked == []

    run(test)


def test_a_missing_field_is_named_without_a_call() -> None:
    async def test() -> None:
        async with carrier(b"{}") as double, CarrierClient.connect() as client:
            asked = numbers("SF1398204417756")
            [outcome] = await client.track(registry.adapter("sf_express"), access("sf_express", double.url), asked)
            assert outcome.result is not None
            error = outcome.result.failure
            assert isinstance(error, MissingField)
            assert error.field == "phone_last4"
            assert double.asked == []

    run(test)


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


# Tokens.

TOKEN = b'{"access_token": "t1", "expires_in": "14399"}'
NOTHING_YET = (404, b'{"response": {"errors": [{"code": "TW0001", "message": "-"}]}}', {})


def test_a_token_is_fetched_once_and_borne_by_every_call() -> None:
    async def by_path(request: web.Request) -> web.Response:
        if "oauth" in request.path:
            return web.Response(body=TOKEN)
        assert request.headers["Authorization"] == "Bearer t1"
        return web.Response(status=404, body=NOTHING_YET[1])

    async def test() -> None:
        async with carrier(by_path) as double, CarrierClient.connect() as client:
            adapter, account = registry.adapter("ups"), access("ups", double.url)
            asks = [client.track(adapter, account, numbers(f"1Z{number:016}")) for number in range(5)]
            told = await asyncio.gather(*asks)
            assert [failure(outcome) for [outcome] in told] == ["not_found"] * 5
            assert len([path for path in double.paths if "oauth" in path]) == 1

    run(test)


@pytest.mark.parametrize(
    ("issuer", "base", "url"),
    [
        ("", "https://onlinetools.ups.com", "https://onlinetools.ups.com/token"),
        ("https://id.ups.com", "https://onlinetools.ups.com", "https://id.ups.com/token"),
        ("https://id.ups.com", "https://eu.ups.com", "https://id.ups.com/token"),
        ("https://id.ups.com", "http://127.0.0.1:8000/ups", "http://127.0.0.1:8000/ups/token"),
        ("https://id.ups.com", "https://proxy.example/ups", "https://proxy.example/ups/token"),
    ],
)
def test_a_token_is_asked_for_at_its_issuer_unless_the_address_is_another_domains(
    issuer: str, base: str, url: str
) -> None:
    ask = TokenRequest(path="/token", headers={}, body=b"", issuer=issuer)
    assert token_url(registry.adapter("ups"), ask, base) == url


def test_a_token_that_the_carrier_ended_early_is_renewed_once() -> None:
    async def test() -> None:
        denied = (401, b'{"response": {"errors": [{"code": "250002", "message": "-"}]}}', {})
        async with carrier(TOKEN, denied, TOKEN.replace(b"t1", b"t2"), NOTHING_YET) as double:
            async with CarrierClient.connect() as client:
                asked = numbers("1Z0000000000000000")
                [outcome] = await client.track(registry.adapter("ups"), access("ups", double.url), asked)
            assert failure(outcome) == "not_found"
            bearers = [headers["Authorization"] for _, path, headers, _ in double.asked if "oauth" not in path]
            assert bearers == ["Bearer t1", "Bearer t2"]

    run(test)


def test_a_token_that_is_never_good_enough_is_refused() -> None:
    denied = (401, b'{"response": {"errors": [{"code": "250002", "message": "-"}]}}', {})
    [outcome] = tracked("ups", TOKEN, denied, TOKEN, denied, asked=("1Z0000000000000000",))
    assert failure(outcome) == "refused"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [((401, b"", {}), "refused"), ((400, b"", {}), "refused"), ((503, b"", {}), "try_later"),
     ((429, b"", {}), "try_later"), (b"{}", "bad_answer"), (b"[]", "bad_answer"), (b"<html/>", "bad_answer"),
     (b'{"access_token": "t", "expires_in": "soon"}', "bad_answer")],
)  # fmt: skip
def test_what_goes_wrong_with_a_token_is_named(answer: Any, kind: str) -> None:
    [outcome] = tracked("ups", answer, asked=("1Z0000000000000000",))
    assert failure(outcome) == kind


# Where a carrier is asked.


def test_the_address_of_the_account_comes_first_then_the_environment_s_then_the_sheet_s(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    adapter = registry.adapter("dhl_unified")
    bare = Access(credentials={}, now=NOW)
    monkeypatch.delenv("CARRIER_DHL_UNIFIED_URL", raising=False)
    monkeypatch.delenv("CARRIER_URLS", raising=False)
    assert base_url(adapter, bare) == "https://api-eu.dhl.com"
    monkeypatch.setenv("CARRIER_URLS", "http://localhost:9000/{slug}/")
    assert base_url(adapter, bare) == "http://localhost:9000/dhl_unified"
    monkeypatch.setenv("CARRIER_DHL_UNIFIED_URL", "http://localhost:9001")
    assert base_url(adapter, bare) == "http://localhost:9001"
    assert base_url(adapter, access("dhl_unified", "http://localhost:9002/")) == "http://localhost:9002"


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://x", "//x", "x", "javascript:1", "http:///path"])
def test_an_address_that_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        base_url(registry.adapter("dhl_unified"), access("dhl_unified", url))


def test_a_refusal_tells_no_password_of_the_address() -> None:
    with pytest.raises(Refused) as raised:
        base_url(registry.adapter("dhl_unified"), access("dhl_unified", "ftp://user:hunter2@x"))
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("slug", registry.ADAPTERS)
def test_every_carrier_s_own_address_is_usable(slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CARRIER_URLS", raising=False)
    monkeypatch.delenv(f"CARRIER_{slug.upper()}_URL", raising=False)
    assert base_url(registry.adapter(slug), Access(credentials={}, now=NOW)).startswith("http")
