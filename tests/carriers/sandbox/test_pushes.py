"""What the sandbox's carriers push: signed as each does, read by its adapter, and told to subscribers as it happens."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

import pytest

from carriers import registry
from carriers.base import PushAdapter, PushMessage
from carriers.errors import BadPush
from carriers.events import TrackingResult
from carriers.sandbox import push
from carriers.sandbox.clock import Clock
from carriers.sandbox.control import load
from carriers.sandbox.parcels import ParcelLeg
from carriers.sandbox.pusher import MOST_ATTEMPTS, Pusher
from carriers.sandbox.stories import STORIES
from carriers.sandbox.world import World
from tests.carriers.sandbox.conftest import START, Asker

LATER = datetime(2026, 6, 1, tzinfo=UTC).timestamp()
SECRET = "between us"


class Listener(ThreadingHTTPServer):
    """Keeps what it is sent; `says` is the status that it answers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Keeping)
        self.got: list[PushMessage] = []
        self.says = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/door"


class _Keeping(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.got.append(PushMessage(headers=headers, body=body, secret=SECRET))
        self.send_response(self.server.says)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield server
        server.shutdown()


def finished(kind: str) -> tuple[World, ParcelLeg]:
    """A parcel of that carrier's, told to its end."""
    world = World(5, Clock(0.0, LATER, 0.0))
    story = next(name for name, story in STORIES.items() if kind in {leg.asked or leg.carrier for leg in story.legs})
    journey = world.create(story, start_at=START)
    return world, next(leg for leg in journey.legs if leg.asked == kind)


def adapter_of(kind: str) -> PushAdapter:
    adapter = registry.adapter(kind)
    assert isinstance(adapter, PushAdapter)
    return adapter


def read(kind: str, message: PushMessage) -> list[TrackingResult]:
    """As the push door does."""
    adapter = adapter_of(kind)
    if not adapter.is_signed(message):
        return adapter.read_push(message.body)
    adapter.verify(message)
    return adapter.read_push(adapter.opened(message))


def test_every_pushing_carrier_pushes_in_the_sandbox() -> None:
    pushing = {slug for slug in registry.ADAPTERS if isinstance(registry.adapter(slug), PushAdapter)}
    assert set(push.BUILDERS) == pushing


@pytest.mark.parametrize("kind", sorted(push.BUILDERS))
def test_a_push_holds_and_tells_the_newest_scan(kind: str) -> None:
    world, leg = finished(kind)
    body, headers = push.build(world, kind, leg.number, SECRET)
    message = PushMessage(headers={name.lower(): value for name, value in headers.items()}, body=body, secret=SECRET)
    [result] = read(kind, message)
    newest = max(event.time.instant or START for event in result.events)
    assert (result.number, newest.timestamp()) == (leg.number, leg.known(leg.version(LATER))[-1].at)
    with pytest.raises(BadPush):
        adapter_of(kind).verify(PushMessage(headers=message.headers, body=body, secret="another"))


def subscribe_to_ups(asker: Asker, number: str, url: str) -> dict[str, object]:
    told = {"trackingNumberList": [number], "destination": {"url": url, "credential": SECRET}}
    path = "/ups/api/track/v1/subscription/standard/package"
    said = asker.call("POST", path, asker.bearer("ups"), json.dumps(told).encode())
    return {"status": said.status} | said.json()


def subscribe_to_kuaidi100(asker: Asker, number: str, url: str, key: str = "sandbox") -> str:
    param = {"company": "yuantong", "number": number, "key": key, "parameters": {"callbackurl": url, "salt": SECRET}}
    form = urlencode({"schema": "json", "param": json.dumps(param)}).encode()
    return str(asker.call("POST", "/kuaidi100/poll", body=form).json()["returnCode"])


def test_a_sandbox_that_does_not_push_takes_no_subscription(asker: Asker) -> None:
    assert subscribe_to_ups(asker, "1Z7TL4530419026173", "http://127.0.0.1:1/")["status"] == 403
    assert subscribe_to_kuaidi100(asker, "YT4815162342009", "http://127.0.0.1:1/") == "600"
    assert asker.control("GET", "/listeners") == []


def test_carriers_take_subscriptions_and_refuse_what_is_no_number_or_no_key(asker: Asker) -> None:
    asker.app.world.pushes = True
    taken = subscribe_to_ups(asker, "1Z7TL4530419026173", "http://127.0.0.1:1/")
    assert (taken["status"], taken["validTrackingNumbers"]) == (200, ["1Z7TL4530419026173"])
    assert subscribe_to_ups(asker, "9274890", "http://127.0.0.1:1/")["invalidTrackingNumbers"] == ["9274890"]
    assert subscribe_to_kuaidi100(asker, "YT4815162342009", "http://127.0.0.1:1/") == "200"
    assert subscribe_to_kuaidi100(asker, "YT4815162342009", "http://127.0.0.1:1/", key="other") == "601"
    kept = [(row["carrier"], row["number"]) for row in asker.control("GET", "/listeners")]
    assert kept == [("ups", "1Z7TL4530419026173"), ("kuaidi100", "YT4815162342009")]


@pytest.fixture
def told_world() -> tuple[World, ParcelLeg]:
    """A UPS parcel at its second scan, in a world that pushes."""
    world, leg = finished("ups")
    world.pushes = True
    world.clock.demo_s = leg.changes[1]
    return world, leg


def rounds(pusher: Pusher, count: int) -> int:
    return sum(asyncio.run(pusher.round()) for _ in range(count))


def test_a_subscriber_is_told_what_is_known_and_then_every_change_in_turn(
    told_world: tuple[World, ParcelLeg], listener: Listener
) -> None:
    world, leg = told_world
    pusher = Pusher(world, lambda: None)
    world.subscribe("ups", leg.number, listener.url, SECRET)
    assert rounds(pusher, 3) == 1
    world.clock.demo_s = leg.changes[3]
    assert rounds(pusher, 3) == 2
    assert len(listener.got) == 3
    times = [read("ups", message)[0].events[0].time.instant for message in listener.got]
    assert [at.timestamp() for at in times if at] == [leg.known(version)[-1].at for version in (2, 3, 4)]


def test_a_message_that_nobody_takes_is_sent_again_a_few_times_and_then_left_out(
    told_world: tuple[World, ParcelLeg], listener: Listener
) -> None:
    world, leg = told_world
    listener.says = 503
    world.subscribe("ups", leg.number, listener.url, SECRET)
    assert rounds(Pusher(world, lambda: None), 40) == 0
    assert len(listener.got) == MOST_ATTEMPTS


def test_nothing_leaves_the_machine(told_world: tuple[World, ParcelLeg]) -> None:
    world, leg = told_world
    world.subscribe("ups", leg.number, "http://192.0.2.1/door", SECRET)
    assert rounds(Pusher(world, lambda: None), 40) == 0
    assert world.subscribers["ups", leg.number].told == {leg.number: 2}


def test_who_listens_to_all_of_a_carrier_is_told_of_each_number(listener: Listener) -> None:
    world, leg = finished("ninja_van")
    world.pushes = True
    world.subscribe("ninja_van", "", listener.url, SECRET)
    assert rounds(Pusher(world, lambda: None), 2) == 1
    assert [read("ninja_van", message)[0].number for message in listener.got] == [leg.number]


def test_subscribers_survive_a_restart(asker: Asker, tmp_path: Path) -> None:
    world, state = asker.app.world, tmp_path / "state.json"
    world.pushes, asker.app.control.state = True, state
    asker.control("POST", "/listeners", {"carrier": "easypost", "to": "http://127.0.0.1:1/", "secret": SECRET})
    asyncio.run(Pusher(world, asker.app.control.save).round())
    fresh = World(1)
    assert load(state, fresh)
    [subscriber] = fresh.subscribers.values()
    assert (subscriber.carrier, subscriber.number, subscriber.secret) == ("easypost", "", SECRET)
