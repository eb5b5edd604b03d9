"""The only I/O of this library: sends an adapter's requests, bounds every answer, and names every failure."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import time
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from carriers import bounds
from carriers.answers import documented
from carriers.auth import Token, TokenRequest
from carriers.base import (
    Access,
    Answer,
    Callback,
    CarrierAdapter,
    CarrierRequest,
    PushAdapter,
    error_of_status,
)
from carriers.errors import BadAnswer, CarrierError, MissingField, NotFound, Refused, TryLater
from carriers.events import TrackedNumber, TrackingResult

TOTAL_TIMEOUT_S = 30.0  # of one request
DEADLINE_S = 20.0  # of a whole call: token, every request that the adapter makes, every attempt
CONNECT_TIMEOUT_S = 10.0
_CHUNK = 64 * 1024
# A batch's unreadable answer is kept with each of its numbers; a larger one with the first of them alone.
_KEPT_WITH_EACH = 64 * 1024
# A token is renewed this long before it ends, so that none ends on its way.
_TOKEN_MARGIN_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What asking for one number brought. `body` is its raw answer; `result` is None where that is unchanged.

    `result.failure` names what went wrong; then `body` is what the carrier sent, if anything. `digest` is the 16-byte
    fingerprint of the answer.
    """

    number: str
    result: TrackingResult | None
    body: bytes = b""
    http_status: int = 0
    digest: bytes = b""

    @property
    def is_unchanged(self) -> bool:
        """The answer is the one we had; nothing was parsed."""
        return self.result is None


def base_url(adapter: CarrierAdapter, access: Access) -> str:
    """Where the carrier is asked: the account's own address, `CARRIER_<SLUG>_URL`, `CARRIER_URLS`, or the sheet's."""
    slug = adapter.facts.slug
    address = access.base_url or os.environ.get(f"CARRIER_{slug.upper()}_URL")
    if not address and (template := os.environ.get("CARRIER_URLS")):
        address = template.replace("{slug}", slug)
    if not address and adapter.facts.api is not None:
        address = adapter.facts.api.base_url
    parts = urlsplit(address or "")
    if not address or parts.scheme not in ("https", "http") or not parts.hostname:
        raise Refused(f"no usable address for {slug}: it must begin with https:// or http:// and name a host")
    return address.rstrip("/")


def token_url(adapter: CarrierAdapter, ask: TokenRequest, base: str) -> str:
    """Where a token is asked for: at its issuer, unless the base address has left the carrier's own domain."""
    api = adapter.facts.api
    is_own = api is not None and _domain(base) == _domain(api.base_url)
    return (ask.issuer if ask.issuer and is_own else base) + ask.path


def _domain(url: str) -> list[str]:
    return (urlsplit(url).hostname or "").split(".")[-2:]


class CarrierClient:
    """Asks carriers, many at once, over one pool of connections. Make one per event loop with `connect()`."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._tokens: dict[tuple[str, str, str], tuple[Token, float]] = {}
        self._token_locks: dict[tuple[str, str, str], asyncio.Lock] = {}

    @classmethod
    @asynccontextmanager
    async def connect(cls, *, limit: int = 100) -> AsyncIterator[CarrierClient]:
        """A client with at most `limit` connections at once. Follows no redirects and no proxies of the environment."""
        timeout = aiohttp.ClientTimeout(total=TOTAL_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
        connector = aiohttp.TCPConnector(limit=limit)
        async with aiohttp.ClientSession(
            timeout=timeout, connector=connector, auto_decompress=True, cookie_jar=aiohttp.DummyCookieJar()
        ) as session:
            yield cls(session)

    async def track(
        self,
        adapter: CarrierAdapter,
        access: Access,
        numbers: Sequence[TrackedNumber],
        known: Mapping[str, bytes] | None = None,
        deadline_s: float = DEADLINE_S,
    ) -> list[Outcome]:
        """One batch's outcomes, in the order asked; raises no CarrierError. `known`: the last digests, by number.

        After `deadline_s` seconds the call ends as TryLater, whatever it is doing.
        """
        complete = [asked for asked in numbers if _missing_field(adapter, asked) is None]
        last = _Last()
        told: list[Outcome] = []
        try:
            if complete:
                told = await self._within(deadline_s, self._run(adapter, access, complete, known or {}, last))
        except CarrierError as error:
            rest = last if len(last.body) <= _KEPT_WITH_EACH else _Last(status=last.status)
            told = [_failed(asked, error, rest if place else last) for place, asked in enumerate(complete)]
        outcomes = iter(told)
        return [
            next(outcomes) if (missing := _missing_field(adapter, asked)) is None else _failed(asked, missing, _Last())
            for asked in numbers
        ]

    async def subscribe(
        self, adapter: CarrierAdapter, access: Access, asked: TrackedNumber, callback: Callback
    ) -> bool:
        """Has the carrier push this number to `callback`; False where there is nothing to ask it.

        Raises the CarrierError that it answers with.
        """
        if not isinstance(adapter, PushAdapter):
            raise TypeError(f"{adapter.slug} does not push")
        request = adapter.subscription(asked, access, callback)
        if request is None:
            return False
        answer = await self._ask(adapter, access, base_url(adapter, access), request, _Last())
        try:
            documented(adapter.read_subscription, adapter.decode(answer.body))
        except BadAnswer as error:
            raise error_of_status(answer) or error from error
        failure = error_of_status(answer)
        if failure is not None:
            raise failure
        return True

    @staticmethod
    async def _within(deadline_s: float, call: Coroutine[Any, Any, list[Outcome]]) -> list[Outcome]:
        try:
            async with asyncio.timeout(deadline_s):
                return await call
        except TimeoutError as error:
            raise TryLater(f"no answer within {deadline_s:.0f} s") from error

    async def _run(
        self,
        adapter: CarrierAdapter,
        access: Access,
        numbers: Sequence[TrackedNumber],
        known: Mapping[str, bytes],
        last: _Last,
    ) -> list[Outcome]:
        for name in adapter.credentials:
            if not access.credentials.get(name):
                raise Refused(f"the account lacks the credential {name!r}")
        base = base_url(adapter, access)
        calls = adapter.calls(numbers, access)
        request = next(calls)
        is_first = True
        while True:
            answer = await self._send(adapter, access, base, request, last)
            # A lone number whose first answer is the one we had needs no parsing; a batch is compared by piece, below.
            if is_first and len(numbers) == 1 and answer.status < 400:
                number = numbers[0].number
                digest = fingerprint(adapter, answer.body)
                if known.get(number) == digest:
                    calls.close()
                    return [Outcome(number=number, result=None, http_status=answer.status, digest=digest)]
            is_first = False
            try:
                request = documented(calls.send, answer)
            except StopIteration as stop:
                return [
                    self._outcome(adapter, asked.number, read, last.status, known, single=len(numbers) == 1)
                    for asked, read in zip(numbers, stop.value, strict=True)
                ]

    @staticmethod
    def _outcome(
        adapter: CarrierAdapter,
        number: str,
        read: tuple[TrackingResult, bytes],
        http_status: int,
        known: Mapping[str, bytes],
        *,
        single: bool,
    ) -> Outcome:
        result, body = read
        digest = fingerprint(adapter, body) if body and result.failure is None else b""
        same = not single and bool(digest) and known.get(number) == digest
        return Outcome(
            number=number,
            result=None if same else result,
            body=body,
            http_status=http_status,
            digest=digest,
        )

    async def _send(
        self, adapter: CarrierAdapter, access: Access, base: str, request: CarrierRequest, last: _Last
    ) -> Answer:
        if not request.is_optional:
            return await self._ask(adapter, access, base, request, last)
        try:
            return await self._ask(adapter, access, base, request, _Last())
        except CarrierError:
            return Answer(status=0, headers={}, body=b"")

    async def _ask(
        self, adapter: CarrierAdapter, access: Access, base: str, request: CarrierRequest, last: _Last
    ) -> Answer:
        answer = await self._fetch(adapter, access, base, request, last)
        if answer.status == 401 and adapter.auth is not None:
            # The carrier may end a token early; one fresh one is worth a try.
            self._tokens.pop(_token_key(adapter, access, base), None)
            answer = await self._fetch(adapter, access, base, request, last)
        # SOAP says every fault under 500, a wrong password too: its adapter reads which one it is.
        is_fault = answer.status == 500 and adapter.answer_format == "xml" and answer.body.lstrip()[:1] == b"<"
        is_no_answer = 300 <= answer.status < 400 or answer.status == 429 or (answer.status >= 500 and not is_fault)
        if is_no_answer and (error := error_of_status(answer)) is not None:
            raise error
        return answer

    async def _fetch(
        self, adapter: CarrierAdapter, access: Access, base: str, request: CarrierRequest, last: _Last
    ) -> Answer:
        headers = dict(request.headers)
        if adapter.auth is not None:
            headers |= adapter.auth.headers(await self._token(adapter, access, base))
        return await self._exchange(
            request.method, base + request.path, headers, request.body, request.query, last=last
        )

    async def _exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        query: Mapping[str, str],
        *,
        last: _Last,
    ) -> Answer:
        try:
            async with self._session.request(
                method, URL(url).update_query(query) if query else URL(url, encoded=True),
                headers=headers, data=body, allow_redirects=False,
            ) as response:  # fmt: skip
                return await _receive(response, last)
        except aiohttp.InvalidURL as error:
            raise Refused("no usable address") from error
        except TimeoutError as error:
            raise TryLater(f"no answer within {TOTAL_TIMEOUT_S:.0f} s") from error
        except aiohttp.ClientPayloadError as error:
            raise TryLater("the answer broke off") from error
        except (aiohttp.ClientError, OSError) as error:
            raise TryLater(f"cannot be reached: {type(error).__name__}") from error
        except ValueError as error:
            raise Refused(f"no usable request: {str(error)[:120]}") from error

    async def _token(self, adapter: CarrierAdapter, access: Access, base: str) -> Token:
        if adapter.auth is None:
            raise AssertionError("asked for a token without an auth flow")
        key = _token_key(adapter, access, base)
        async with self._token_locks.setdefault(key, asyncio.Lock()):
            token, ends = self._tokens.get(key, (None, 0.0))
            if token is not None and time.monotonic() < ends:
                return token
            try:
                ask = adapter.auth.token_request(access.credentials)
            except KeyError as error:
                raise Refused(f"the account lacks the credential {error}") from error
            url = token_url(adapter, ask, base)
            answer = await self._exchange("POST", url, ask.headers, ask.body, {}, last=_Last())
            if answer.status in (400, 401, 403):
                raise Refused(f"no token: HTTP {answer.status}; check the account's credentials")
            failure = error_of_status(answer)
            if isinstance(failure, NotFound):  # of the address, which says nothing of the number
                raise BadAnswer(f"no token: {failure.detail}")
            if failure is not None:
                raise failure
            try:
                token = adapter.auth.read_token(bounds.decode_json(answer.body))
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise BadAnswer("the token's answer has no access_token") from error
            self._tokens[key] = (token, time.monotonic() + max(token.lives_s - _TOKEN_MARGIN_S, 1.0))
            return token


def _missing_field(adapter: CarrierAdapter, asked: TrackedNumber) -> MissingField | None:
    for fact in adapter.facts.fields:
        if fact.is_required and not asked.fields.get(fact.name):
            return MissingField(fact.name, f"{adapter.facts.name} needs beside the number: {fact.label}")
    return None


def _failed(asked: TrackedNumber, error: CarrierError, last: _Last) -> Outcome:
    result = TrackingResult(number=asked.number, failure=error)
    return Outcome(number=asked.number, result=result, body=last.body, http_status=last.status)


@dataclass(slots=True)
class _Last:
    """The last thing received, kept for the raw answer of a failure; of an endless or broken one, what arrived."""

    status: int = 0
    body: bytes = b""


async def _receive(response: aiohttp.ClientResponse, last: _Last) -> Answer:
    """The answer whole. Raises BadAnswer where it has more than MAX_BYTES; then their beginning is kept."""
    received = bytearray()
    last.status = response.status
    try:
        async for chunk in response.content.iter_chunked(_CHUNK):
            received += chunk
            if len(received) > bounds.MAX_BYTES:
                raise BadAnswer(f"the answer has more than {bounds.MAX_BYTES:,} bytes; so many are kept")
    finally:
        last.body = bytes(received[: bounds.MAX_BYTES])
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(status=response.status, headers=headers, body=last.body)


def fingerprint(adapter: CarrierAdapter, body: bytes) -> bytes:
    """16 bytes that change when the answer says something new: the body's hash, without its volatile parts."""
    volatile = adapter.facts.api.volatile if adapter.facts.api is not None else ()
    if volatile:
        body = _without_elements(body, volatile) if adapter.answer_format == "xml" else _without_keys(body, volatile)
    return hashlib.blake2b(body, digest_size=16).digest()


def _without_elements(body: bytes, names: Sequence[str]) -> bytes:
    """XML without the elements of these names, which hold text alone."""
    either = b"|".join(re.escape(name.encode()) for name in names)
    return re.sub(rb"<((?:\w+:)?(?:" + either + rb"))(?:\s[^<>]*)?>[^<]*</\1\s*>", b"", body)


def _without_keys(body: bytes, ways: Sequence[str]) -> bytes:
    """JSON without the values at these ways, such as `requestId` or `results.sent_at`; itself where it is no object."""
    try:
        value: Any = bounds.decode_json(body)
    except BadAnswer:
        return body  # parsing will say what is wrong with it
    if not isinstance(value, dict):
        return body
    for way in ways:
        *path, last = way.split(".")
        holder: Any = value
        for key in path:
            holder = holder.get(key) if isinstance(holder, dict) else None
        if isinstance(holder, dict):
            holder.pop(last, None)
    return json.dumps(value, sort_keys=True).encode()


def _token_key(adapter: CarrierAdapter, access: Access, base: str) -> tuple[str, str, str]:
    secret = json.dumps(dict(access.credentials), sort_keys=True)
    return adapter.facts.slug, base, hashlib.sha256(secret.encode()).hexdigest()
