"""The sandbox's own API under /sandbox/: journeys, clock, faults, calls, pushes, load."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from carriers.sandbox import bench, push
from carriers.sandbox.clock import parse_instant
from carriers.sandbox.expected import journey_dict
from carriers.sandbox.faults import KINDS, Fault
from carriers.sandbox.http import Answer, Request, answer_json
from carriers.sandbox.parcels import Subscriber
from carriers.sandbox.stories import STORIES
from carriers.sandbox.wires import WIRES
from carriers.sandbox.world import World


class Control:
    """Answers /sandbox/ and keeps what was set there. `state`: a file that journeys and clock survive a restart in."""

    def __init__(self, world: World, state: Path | None = None) -> None:
        self.world = world
        self.state = state
        self.faults: list[Fault] = []
        self._routes: dict[tuple[str, str], Callable[[Request], Any]] = {
            ("GET", "/stories"): self._stories,
            ("GET", "/journeys"): self._journeys,
            ("POST", "/journeys"): self._create,
            ("GET", "/clock"): self._clock,
            ("POST", "/clock"): self._set_clock,
            ("GET", "/faults"): self._list_faults,
            ("POST", "/faults"): self._add_fault,
            ("DELETE", "/faults"): self._end_faults,
            ("GET", "/calls"): self._calls,
            ("DELETE", "/calls"): self._forget_calls,
            ("GET", "/asked_at"): self._asked_at,
            ("POST", "/bench"): self._bench,
            ("GET", "/listeners"): self._listeners,
            ("POST", "/listeners"): self._listen,
        }

    async def handle(self, request: Request) -> Answer:
        """The answer to a request below /sandbox. A wrong one is 400 with the field and the cure."""
        try:
            if (request.method, request.path) == ("POST", "/push"):
                return answer_json(200, await self._push(_object(request)))
            route = self._routes.get((request.method, request.path))
            if route is None:
                return answer_json(404, {"error": f"no {request.method} /sandbox{request.path}; see docs/sandbox.md"})
            return answer_json(200, route(request))
        except (KeyError, TypeError, ValueError) as error:
            return answer_json(400, {"error": f"{type(error).__name__}: {error}"})

    def _stories(self, request: Request) -> list[dict[str, Any]]:  # noqa: ARG002
        return [
            {
                "name": story.name, "title": story.title, "hours": story.hours, "ends": story.ends.value,
                "carriers": [leg.carrier for leg in story.legs],
            }
            for story in STORIES.values()
        ]  # fmt: skip

    def _journeys(self, request: Request) -> list[dict[str, Any]]:  # noqa: ARG002
        return [journey_dict(journey) for journey in self.world.journeys]

    def _create(self, request: Request) -> dict[str, Any]:
        asked = _object(request)
        if asked.get("story") not in STORIES:
            raise ValueError(f"story must be one of {', '.join(STORIES)}")
        now = datetime.fromtimestamp(self.world.clock.now(), UTC).replace(microsecond=0)
        start = parse_instant(asked["start_at"]) if asked.get("start_at") else now
        journey = self.world.create(asked["story"], start_at=start, seed=asked.get("seed"))
        self.save()
        return journey_dict(journey)

    def _clock(self, request: Request) -> dict[str, object]:  # noqa: ARG002
        return self.world.clock.as_dict()

    def _set_clock(self, request: Request) -> dict[str, object]:
        asked = _object(request)
        speed = asked.get("speed")
        self.world.clock.set(
            parse_instant(asked["now"]) if asked.get("now") else None, None if speed is None else float(speed)
        )
        self.save()
        return self.world.clock.as_dict()

    def _list_faults(self, request: Request) -> list[dict[str, Any]]:  # noqa: ARG002
        return [
            {"carrier": fault.carrier, "kind": fault.kind, "number": fault.number, "count": fault.count}
            for fault in self.faults
        ]

    def _add_fault(self, request: Request) -> list[dict[str, Any]]:
        asked = _object(request)
        if asked.get("carrier") not in WIRES:
            raise ValueError(f"carrier must be one of {', '.join(WIRES)}")
        if asked.get("kind") not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        until = asked.get("until")
        self.faults.append(Fault(
            carrier=asked["carrier"], kind=asked["kind"], number=asked.get("number"), count=asked.get("count"),
            until=None if until is None else parse_instant(until).timestamp(), per_s=asked.get("per_s"),
            seconds=float(asked.get("seconds", 35.0)),
        ))  # fmt: skip
        return self._list_faults(request)

    def _end_faults(self, request: Request) -> list[dict[str, Any]]:  # noqa: ARG002
        self.faults.clear()
        return []

    def _calls(self, request: Request) -> dict[str, dict[str, int]]:  # noqa: ARG002
        counts: dict[str, dict[str, int]] = {}
        for (carrier, number), count in self.world.calls.items():
            counts.setdefault(carrier, {})[number] = count
        return counts

    def _asked_at(self, request: Request) -> dict[str, list[float]]:  # noqa: ARG002
        return {carrier: list(moments) for carrier, moments in self.world.asked_at.items()}

    def _forget_calls(self, request: Request) -> dict[str, dict[str, int]]:
        self.world.calls.clear()
        self.world.asked_at.clear()
        return self._calls(request)

    def _listeners(self, request: Request) -> list[dict[str, object]]:  # noqa: ARG002
        return [
            {"carrier": each.carrier, "number": each.number, "to": each.url, "told": dict(each.told)}
            for each in self.world.subscribers.values()
        ]

    def _listen(self, request: Request) -> list[dict[str, object]]:
        asked = _object(request)
        if asked.get("carrier") not in push.BUILDERS:
            raise ValueError(f"carrier must be one of {', '.join(sorted(push.BUILDERS))}")
        if not self.world.subscribe(asked["carrier"], asked.get("number", ""), asked["to"], asked["secret"]):
            raise ValueError("this sandbox pushes nothing by itself: start it with --push")
        return self._listeners(request)

    def _bench(self, request: Request) -> list[dict[str, object]]:
        asked = _object(request)
        if asked.get("carrier") not in WIRES:
            raise ValueError(f"carrier must be one of {', '.join(WIRES)}")
        return bench.create(self.world, asked["carrier"], int(asked["count"]), float(asked.get("changed", 0.2)))

    async def _push(self, asked: dict[str, Any]) -> dict[str, object]:
        body, headers = push.build(self.world, asked["carrier"], asked["number"], asked["secret"])
        return await asyncio.to_thread(push.send, asked["to"], body, headers)

    def save(self) -> None:
        """Writes the state, where there is a file for it."""
        if self.state is None:
            return
        rows = [
            {"story": journey.story.name, "start_at": journey.start_at.isoformat(), "seed": journey.seed}
            for journey in self.world.journeys
        ]
        clock = self.world.clock
        listeners = [
            {"carrier": each.carrier, "number": each.number, "url": each.url, "secret": each.secret}
            for each in self.world.subscribers.values()
        ]
        value = {
            "seed": self.world.seed, "clock": [clock.real_s, clock.demo_s, clock.speed], "journeys": rows,
            "listeners": listeners,
        }  # fmt: skip
        self.state.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.state.with_suffix(".new")
        fresh.write_text(json.dumps(value), encoding="utf-8")
        fresh.replace(self.state)


def load(state: Path, world: World) -> bool:
    """Fills the world from a saved state, whose numbers come out the same. False where there is none."""
    if not state.exists():
        return False
    value = json.loads(state.read_text(encoding="utf-8"))
    world.seed = value["seed"]
    world.clock.real_s, world.clock.demo_s, world.clock.speed = value["clock"]
    for row in value["journeys"]:
        if row["story"] in STORIES:
            world.create(row["story"], start_at=parse_instant(row["start_at"]), seed=row["seed"])
    for row in value.get("listeners", ()):
        world.subscribers[row["carrier"], row["number"]] = Subscriber(**row)
    return True


def _object(request: Request) -> dict[str, Any]:
    value = request.json()
    if not isinstance(value, dict):
        raise ValueError("the body must be a JSON object")
    return value
