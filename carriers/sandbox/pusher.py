"""Tells the subscribers of the sandbox's carriers whatever becomes known, as it does, on this machine only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from carriers.sandbox import push
from carriers.sandbox.parcels import ParcelLeg, Subscriber
from carriers.sandbox.world import World

PERIOD_S = 1.0
AT_ONCE = 8
MOST_PER_ROUND = 200
# A message that nobody takes is sent again after 1, 2, 4 and 8 s, and then left out.
MOST_ATTEMPTS = 5


@dataclass(slots=True)
class _Trouble:
    attempts: int
    next_round: int


class Pusher:
    """Sends every subscriber each version of an answer in turn, beginning with the present one."""

    def __init__(self, world: World, save: Callable[[], None]) -> None:
        self.world = world
        self._save = save
        self._round = 0
        self._troubles: dict[tuple[str, str], _Trouble] = {}
        self._saved = 0

    async def run(self) -> None:
        """Goes on until it is cancelled."""
        while True:
            await self.round()
            await asyncio.sleep(PERIOD_S)

    async def round(self) -> int:
        """Tells what is new; how many messages were taken."""
        self._round += 1
        if len(self.world.subscribers) != self._saved:
            self._saved = len(self.world.subscribers)
            self._save()
        gate = asyncio.Semaphore(AT_ONCE)

        async def tell(subscriber: Subscriber, leg: ParcelLeg, version: int) -> bool:
            async with gate:
                return await self._tell(subscriber, leg, version)

        news = [tell(*item) for item, _ in zip(self._news(), range(MOST_PER_ROUND), strict=False)]
        return sum(await asyncio.gather(*news))

    def _news(self) -> Iterator[tuple[Subscriber, ParcelLeg, int]]:
        now = self.world.clock.now()
        for subscriber in list(self.world.subscribers.values()):
            for leg in self._legs(subscriber):
                known = leg.version(now)
                told = subscriber.told.setdefault(leg.number, max(known - 1, 0))
                trouble = self._troubles.get((subscriber.carrier, leg.number))
                is_resting = trouble is not None and trouble.next_round > self._round
                if known > told and not is_resting and not leg.is_down(now):
                    yield subscriber, leg, told + 1

    def _legs(self, subscriber: Subscriber) -> list[ParcelLeg]:
        if subscriber.number:
            leg = push.leg_of(self.world, subscriber.carrier, subscriber.number)
            return [] if leg is None else [leg]
        return [leg for (asked, _), leg in list(self.world.legs.items()) if asked == subscriber.carrier]

    async def _tell(self, subscriber: Subscriber, leg: ParcelLeg, version: int) -> bool:
        try:
            body, headers = push.BUILDERS[subscriber.carrier](leg, version, subscriber.secret)
            said = await asyncio.to_thread(push.send, subscriber.url, body, headers)
            is_taken = 200 <= int(str(said["status"])) < 300
        except (push.NoPush, KeyError):  # KeyError: a story in words that this carrier has not
            is_taken = False
        key = (subscriber.carrier, leg.number)
        attempts = 0 if is_taken else 1 + (self._troubles[key].attempts if key in self._troubles else 0)
        if is_taken or attempts >= MOST_ATTEMPTS:
            subscriber.told[leg.number] = version
            self._troubles.pop(key, None)
        else:
            self._troubles[key] = _Trouble(attempts, self._round + 2 ** (attempts - 1))
        return is_taken
