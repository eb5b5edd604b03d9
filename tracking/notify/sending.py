"""Sends one message and names what came of it. Nothing is raised, followed, or kept beyond a few kilobytes."""

from __future__ import annotations

import json
import logging
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
from aiohttp.abc import AbstractResolver
from django.utils import timezone

from carriers.serialise import instant
from tracking import clock
from tracking.notify import signing
from tracking.notify.address_guard import Guard, Refused, connector
from tracking.notify.outbox import Message

logger = logging.getLogger(__name__)

TIMEOUT_S = 15.0  # of a whole attempt: name, connection, request and the answer's status
MOST_RESPONSE = 64 * 1024  # read, so that the connection can be used again; a longer answer ends it
KEPT_RESPONSE = 4 * 1024
_HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "User-Agent": "Throughline-Webhooks/1",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message that was sent, or should have been. `http_status` is None where there was no answer; `error` says why.

    `response` is the beginning of the answer's body. `retry_after_s` is what the receiver asked for.
    """

    message: Message
    started_at: datetime
    latency_ms: int = 0
    http_status: int | None = None
    response: str = ""
    error: str = ""
    retry_after_s: float | None = None


class Sender:
    """Sends messages over one pool of connections. Make one per event loop with `connect()`."""

    def __init__(self, session: aiohttp.ClientSession, guard: Guard, proxy: str) -> None:
        self._session, self._guard, self._proxy = session, guard, proxy

    @classmethod
    @asynccontextmanager
    async def connect(
        cls, guard: Guard, *, proxy: str = "", resolver: AbstractResolver | None = None, limit: int = 256
    ) -> AsyncIterator[Sender]:
        """A sender that reaches what the guard allows; or, with a proxy, the proxy, which decides for itself."""
        made = aiohttp.TCPConnector(limit=limit) if proxy else connector(guard, resolver, limit=limit)
        async with aiohttp.ClientSession(
            connector=made,
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            headers=_HEADERS,
        ) as session:
            yield cls(session, guard, proxy)

    async def send(self, message: Message) -> Sent:
        """One attempt, within TIMEOUT_S."""
        sent, start = Sent(message=message, started_at=timezone.now()), time.monotonic()
        try:
            sent = await self._post(sent)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            sent = replace(sent, error=_words(error))
        except Exception as error:  # whatever it is, the other messages go on
            logger.exception("message %s could not be sent", message.delivery_id)
            sent = replace(sent, error=f"a failure of ours: {type(error).__name__}")
        return replace(sent, latency_ms=round((time.monotonic() - start) * 1000))

    async def _post(self, sent: Sent) -> Sent:
        message = sent.message
        if not message.secrets:
            return replace(sent, error="our key to the endpoint's secret is missing: rotate the secret")
        self._guard.check_url(message.url)
        content = body(message)
        signed = signing.headers(message.secrets, str(message.delivery_id), int(sent.started_at.timestamp()), content)
        async with self._session.post(
            message.url, data=content, headers=signed, allow_redirects=False, proxy=self._proxy or None
        ) as response:
            beginning = await _beginning(response)
            return replace(
                sent,
                http_status=response.status,
                response=beginning.decode(errors="replace").replace("\x00", ""),
                retry_after_s=retry_after_s(response.headers.get("Retry-After", ""), sent.started_at),
            )


def body(message: Message) -> bytes:
    """What is posted: the same at every attempt, but for `sent_at`, which is domain time."""
    kind, at = json.dumps(message.event_type), json.dumps(instant(clock.now()))
    return f'{{"type":{kind},"sent_at":{at},"data":{message.payload}}}'.encode()


def retry_after_s(text: str, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or a date; None where it does not (RFC 9110, 10.2.3)."""
    text = text.strip()[:40]
    if text.isascii() and text.isdecimal():
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max((at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds(), 0.0)


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    """The answer's first KEPT_RESPONSE bytes. Its status is what counts: a body that breaks off changes nothing."""
    kept, size = b"", 0
    with suppress(aiohttp.ClientError, OSError):
        async for piece in response.content.iter_any():
            kept, size = (kept + piece)[:KEPT_RESPONSE], size + len(piece)
            if size > MOST_RESPONSE:
                response.close()
                break
    return kept


def _words(error: Exception) -> str:
    """Why there was no answer, for the merchant who reads the log."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    match cause:
        case Refused():
            return f"not sent: {cause}"
        case TimeoutError():
            return f"no answer within {TIMEOUT_S:g} s"
        case socket.gaierror():
            return "the host's name does not resolve"
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return f"the certificate is not trusted: {error.certificate_error}"
        case aiohttp.ClientSSLError():
            return f"no TLS connection: {error}"
        case aiohttp.ClientConnectorError():
            return f"no connection: {error.os_error.strerror or error.os_error}"
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientOSError():
            return "the connection was closed before an answer"
        case aiohttp.InvalidURL():
            return "not sent: is no web address"
    return f"no answer that is HTTP: {type(error).__name__}"
