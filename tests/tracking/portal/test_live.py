"""The live stream, driven as an ASGI server drives it, on a real Redis."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from django.conf import settings

from tracking.portal.live import LiveApplication, Stream
from tracking.rules.shipment_number import generate
from tracking.shipments.live import News, publish, redis_client
from tracking.shipments.scheduling.watching import HINTS

SITE = "https://track.example"


class Reader:
    """One connection: asks, collects what is sent, and can leave."""

    def __init__(
        self, application: LiveApplication, path: str, *, query: str = "", method: str = "GET", **headers: str
    ) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.text = ""
        self._left = asyncio.Event()
        self._news = asyncio.Event()
        scope = {
            "type": "http", "method": method, "path": path, "query_string": query.encode(),
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
        }  # fmt: skip
        self.task = asyncio.ensure_future(application(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.text += message["body"].decode()
        self._news.set()

    async def until(self, words: str, within_s: float = 5.0) -> None:
        async with asyncio.timeout(within_s):
            while words not in self.text:
                self._news.clear()
                await self._news.wait()

    async def leave(self) -> None:
        self._left.set()
        await asyncio.wait_for(self.task, 5)


def running(story: Callable[[LiveApplication, Stream], Awaitable[None]], **options: Any) -> None:
    """Runs a story against a stream that is connected to Redis."""

    async def run() -> None:
        stream = Stream(settings.REDIS_URL, **options)
        stream.start()
        async with asyncio.timeout(5):
            while not stream.is_connected:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        try:
            await story(LiveApplication(stream, allowed_origins=[SITE]), stream)
        finally:
            await stream.stop()

    asyncio.run(run())


async def tell(number: str, version: int, status: str = "in_transit") -> None:
    await asyncio.to_thread(publish, [News(number=number, version=version, status=status)])


def test_news_reach_the_readers_of_their_number_alone() -> None:
    mine, other = generate(), generate()

    async def story(application: LiveApplication, stream: Stream) -> None:
        reader, neighbour = (
            Reader(application, f"/live/shipments/{mine}"),
            Reader(application, f"/live/shipments/{other}"),
        )
        await reader.until(": open")
        await neighbour.until(": open")
        await tell(mine, 8, "out_for_delivery")
        await reader.until('event: news\ndata: {"version": 8, "status": "out_for_delivery"}\n\n')
        assert "id: 8\n" in reader.text
        assert "news" not in neighbour.text
        await reader.leave()
        await neighbour.leave()
        assert stream.readers == 0

    running(story)


def test_the_stream_is_never_compressed_nor_kept() -> None:
    async def story(application: LiveApplication, stream: Stream) -> None:
        reader = Reader(application, f"/live/shipments/{generate()}", accept_encoding="gzip")
        await reader.until(": open")
        assert reader.headers["content-type"].startswith("text/event-stream")
        assert reader.headers["content-encoding"] == "identity"
        assert "no-store" in reader.headers["cache-control"]
        assert "set-cookie" not in reader.headers
        await reader.leave()

    running(story)


def test_who_missed_news_is_told_at_once_on_coming_back() -> None:
    number = generate()

    async def story(application: LiveApplication, stream: Stream) -> None:
        await tell(number, 5)
        for _ in range(100):
            if number in stream._latest:
                break
            await asyncio.sleep(0.02)
        behind = Reader(application, f"/live/shipments/{number}", last_event_id="4")
        await behind.until('"version": 5')
        asking = Reader(application, f"/live/shipments/{number}", query="version=3")
        await asking.until('"version": 5')
        abreast = Reader(application, f"/live/shipments/{number}", query="version=5")
        await abreast.until(": open")
        assert "news" not in abreast.text
        for reader in (behind, asking, abreast):
            await reader.leave()

    running(story)


def test_a_quiet_stream_has_a_heartbeat() -> None:
    async def story(application: LiveApplication, stream: Stream) -> None:
        reader = Reader(application, f"/live/shipments/{generate()}")
        await reader.until(": still here")
        await reader.leave()

    running(story, heartbeat_s=0.05)


def test_readers_are_bounded() -> None:
    async def story(application: LiveApplication, stream: Stream) -> None:
        first = Reader(application, f"/live/shipments/{generate()}")
        await first.until(": open")
        second = Reader(application, f"/live/shipments/{generate()}")
        await second.until("Too many readers")
        assert second.status == 503
        assert second.headers["retry-after"] == "60"
        await first.leave()

    running(story, most_readers=1)


def test_a_slow_reader_gets_the_newest_news() -> None:
    number = generate()

    async def story(application: LiveApplication, stream: Stream) -> None:
        reader = Reader(application, f"/live/shipments/{number}")
        await reader.until(": open")
        for version in range(1, 30):
            stream.tell(number, {"version": version, "status": "in_transit"})
        await reader.until('"version": 29')
        assert reader.text.count("event: news") <= 6
        await reader.leave()

    running(story)


@pytest.mark.parametrize(
    "path", ["/live/shipments/", "/live/shipments/YT2630600000000001", "/live/shipments/../x", "/"]
)
def test_only_our_numbers_have_a_stream(path: str) -> None:
    async def story(application: LiveApplication, stream: Stream) -> None:
        reader = Reader(application, path)
        await reader.until("No such stream")
        assert reader.status == 404

    running(story)


def test_only_the_site_may_read_from_another_origin() -> None:
    async def story(application: LiveApplication, stream: Stream) -> None:
        ours = Reader(application, f"/live/shipments/{generate()}", origin=SITE)
        await ours.until(": open")
        assert ours.headers["access-control-allow-origin"] == SITE
        theirs = Reader(application, f"/live/shipments/{generate()}", origin="https://evil.example")
        await theirs.until(": open")
        assert "access-control-allow-origin" not in theirs.headers
        await ours.leave()
        await theirs.leave()

    running(story)


def test_health_tells_whether_redis_is_there() -> None:
    async def story(application: LiveApplication, stream: Stream) -> None:
        well = Reader(application, "/live/healthz")
        await well.until("ok")
        assert well.status == 200

    running(story)

    async def without_redis() -> None:
        stream = Stream("redis://127.0.0.1:1/0")
        ill = Reader(LiveApplication(stream), "/live/healthz")
        await ill.until("redis is away")
        assert ill.status == 503
        await stream.stop()

    asyncio.run(without_redis())


def test_the_subscription_comes_back_after_redis_has_dropped_it() -> None:
    number = generate()

    async def story(application: LiveApplication, stream: Stream) -> None:
        reader = Reader(application, f"/live/shipments/{number}")
        await reader.until(": open")
        await asyncio.to_thread(redis_client().execute_command, "CLIENT", "KILL", "TYPE", "pubsub")
        for version in range(2, 100):
            await tell(number, version)
            with suppress(TimeoutError):
                await reader.until("event: news", within_s=0.1)
                break
        assert "event: news" in reader.text
        await reader.leave()

    running(story)


def test_what_nobody_can_read_on_the_channel_breaks_nothing() -> None:
    number = generate()

    async def story(application: LiveApplication, stream: Stream) -> None:
        reader = Reader(application, f"/live/shipments/{number}")
        await reader.until(": open")
        stream._take({"channel": f"live:shipment:{number}".encode(), "data": b"not json"})
        stream._take({"channel": f"live:shipment:{number}".encode(), "data": b"[1]"})
        await tell(number, 2)
        await reader.until('"version": 2')
        await reader.leave()

    running(story)


def test_pages_that_stay_open_are_told_to_the_schedule_now_and_then() -> None:
    number = generate()

    async def story(application: LiveApplication, stream: Stream) -> None:
        reader = Reader(application, f"/live/shipments/{number}")
        await reader.until(": open")
        for _ in range(250):
            if redis_client().zscore(HINTS, number) is not None:
                break
            await asyncio.sleep(0.02)
        assert redis_client().zscore(HINTS, number) is not None
        await reader.leave()

    running(story, hint_every_s=0.05)
    redis_client().zrem(HINTS, number)
