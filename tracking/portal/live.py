"""The live stream: GET /live/shipments/<number> tells by server-sent events that a shipment changed.

The page then fetches itself. Plain ASGI, without Django's views: each process has one subscription to Redis and hands
the news to its readers through bounded queues. A stream tells a version and a status, nothing that the number's page
does not show. The answer is marked `Content-Encoding: identity`, because a compressing proxy would hold small events
back until its buffer is full.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextlib import suppress
from typing import Any

import redis.asyncio as aioredis
from redis.exceptions import RedisError

from tracking.rules.shipment_number import clean, problem
from tracking.shipments.live import CHANNEL, LISTENER
from tracking.shipments.scheduling.watching import HINTS, STREAM_HINTS_EVERY_S

logger = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATH = "/live/shipments/"
HEALTH = "/live/healthz"
_HEARTBEAT_S = 20.0
_RETRY_MS = 3_000
_MOST_READERS = 5_000
_MOST_QUEUED = 4
_MOST_REMEMBERED = 20_000
_RECONNECT_S = (0.5, 1.0, 2.0, 5.0)


class Stream:
    """One process's subscription and its readers."""

    def __init__(
        self,
        redis_url: str,
        *,
        most_readers: int = _MOST_READERS,
        heartbeat_s: float = _HEARTBEAT_S,
        hint_every_s: float = STREAM_HINTS_EVERY_S,
    ) -> None:
        self._redis_url = redis_url
        self._hint_every_s = hint_every_s
        self._most_readers = most_readers
        self._heartbeat_s = heartbeat_s
        self._readers: dict[str, set[asyncio.Queue[dict[str, Any]]]] = {}
        self._latest: OrderedDict[str, dict[str, Any]] = OrderedDict()  # the last news of each number, while remembered
        self._listener: asyncio.Task[None] | None = None
        self._hinter: asyncio.Task[None] | None = None
        self.readers = 0
        self.is_connected = False

    def start(self) -> None:
        """Begins to listen, in the running loop; more than once is once."""
        if self._listener is None or self._listener.done():
            self._listener = asyncio.get_running_loop().create_task(self._listen())
        if self._hinter is None or self._hinter.done():
            self._hinter = asyncio.get_running_loop().create_task(self._hint())

    async def stop(self) -> None:
        """Ends the subscription."""
        for task in (self._listener, self._hinter):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    def tell(self, number: str, news: dict[str, Any]) -> None:
        """Hands news to whoever reads this number. Who is behind loses the oldest: only the newest matters."""
        self._latest[number] = news
        self._latest.move_to_end(number)
        while len(self._latest) > _MOST_REMEMBERED:
            self._latest.popitem(last=False)
        for queue in self._readers.get(number, ()):
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(news)

    async def read(self, number: str, seen: int | None, send: Send, receive: Receive) -> None:
        """Sends until the reader leaves. `seen`: the version that it has; newer remembered news goes out at once."""
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(_MOST_QUEUED)
        self._readers.setdefault(number, set()).add(queue)
        self.readers += 1
        leaving = asyncio.ensure_future(_until_left(receive))
        try:
            await send(_body(f"retry: {_RETRY_MS}\n: open\n\n"))
            known = self._latest.get(number)
            if known is not None and seen is not None and known["version"] > seen:
                queue.put_nowait(known)
            while not leaving.done():
                news = asyncio.ensure_future(queue.get())
                done, _ = await asyncio.wait(
                    {news, leaving}, timeout=self._heartbeat_s, return_when=asyncio.FIRST_COMPLETED
                )
                if news in done:
                    await send(_body(_event(news.result())))
                else:
                    news.cancel()
                    if leaving not in done:
                        await send(_body(": still here\n\n"))
        finally:
            leaving.cancel()
            self.readers -= 1
            self._readers[number].discard(queue)
            if not self._readers[number]:
                del self._readers[number]

    def has_room(self) -> bool:
        """Whether one more reader may come."""
        return self.readers < self._most_readers

    async def _listen(self) -> None:
        failures = 0
        while True:
            client = aioredis.Redis.from_url(
                self._redis_url, socket_connect_timeout=2, health_check_interval=20, client_name=LISTENER
            )
            try:
                async with client.pubsub(ignore_subscribe_messages=True) as subscription:
                    await subscription.psubscribe(f"{CHANNEL}*")
                    self.is_connected, failures = True, 0
                    while True:
                        message = await subscription.get_message(timeout=10.0)
                        if message is not None:
                            self._take(message)
            except (RedisError, OSError) as error:
                if self.is_connected or failures == 0:
                    logger.warning("live stream: Redis is away (%s), trying again", type(error).__name__)
            finally:
                self.is_connected = False
                with suppress(Exception):
                    await client.aclose()
            await asyncio.sleep(_RECONNECT_S[min(failures, len(_RECONNECT_S) - 1)])
            failures += 1

    async def _hint(self) -> None:
        """Tells the schedule now and then which pages are still open; that one was opened, its own request has told."""
        while True:
            await asyncio.sleep(self._hint_every_s)
            client = aioredis.Redis.from_url(self._redis_url, socket_connect_timeout=2)
            try:
                if self._readers:
                    await client.zadd(HINTS, dict.fromkeys(self._readers, time.time()))
            except (RedisError, OSError):
                pass  # said by the listener; the next round tells it again
            finally:
                with suppress(Exception):
                    await client.aclose()

    def _take(self, message: MutableMapping[str, Any]) -> None:
        try:
            number = message["channel"].decode().removeprefix(CHANNEL)
            told = json.loads(message["data"])
            news = {"version": int(told["version"]), "status": str(told["status"])}
        except (ValueError, KeyError, TypeError, AttributeError):
            logger.warning("live stream: a message that cannot be read")
            return
        self.tell(number, news)


class LiveApplication:
    """The ASGI application: the streams, /live/healthz, and 404 for all else."""

    def __init__(self, stream: Stream, *, allowed_origins: Iterable[str] = ()) -> None:
        self._stream = stream
        self._allowed_origins = frozenset(allowed_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._stream.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self._stream.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        path: str = scope["path"]
        self._stream.start()
        if scope["method"] not in ("GET", "HEAD"):
            await _plain(send, 405, "Only GET.\n", ("Allow", "GET"))
        elif path == HEALTH:
            is_well = self._stream.is_connected
            await _plain(
                send, 200 if is_well else 503, f"{'ok' if is_well else 'redis is away'} {self._stream.readers}\n"
            )
        elif not path.startswith(PATH) or problem(path[len(PATH) :]) is not None:
            await _plain(send, 404, "No such stream.\n")
        elif not self._stream.has_room():
            await _plain(send, 503, "Too many readers; the page asks every minute instead.\n", ("Retry-After", "60"))
        else:
            number = clean(path[len(PATH) :])
            await send(
                {"type": "http.response.start", "status": 200, "headers": self._headers(headers.get("origin", ""))}
            )
            if scope["method"] == "HEAD":
                await send({"type": "http.response.body", "body": b""})
                return
            await self._stream.read(number, _seen(headers, scope["query_string"]), send, receive)

    def _headers(self, origin: str) -> list[tuple[bytes, bytes]]:
        found = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"content-encoding", b"identity"),
            (b"cache-control", b"no-store, no-transform"),
            (b"x-accel-buffering", b"no"),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"x-robots-tag", b"noindex"),
        ]
        if origin in self._allowed_origins:
            found += [(b"access-control-allow-origin", origin.encode()), (b"vary", b"Origin")]
        return found


def _seen(headers: MutableMapping[str, str], query: bytes) -> int | None:
    """The version that the reader has: Last-Event-ID after a break, else `?version=`."""
    told = headers.get("last-event-id", "") or query.decode("latin-1").removeprefix("version=")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 10 else None


async def _until_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _event(news: MutableMapping[str, Any]) -> str:
    return f"id: {news['version']}\nevent: news\ndata: {json.dumps(news)}\n\n"


def _body(text: str) -> dict[str, Any]:
    return {"type": "http.response.body", "body": text.encode(), "more_body": True}


async def _plain(send: Send, status: int, text: str, *more: tuple[str, str]) -> None:
    headers = [("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-store"), *more]
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
        }
    )
    await send({"type": "http.response.body", "body": text.encode()})
