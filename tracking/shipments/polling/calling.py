"""The calls of one task: under way on the process's loop while the task's thread records what has arrived.

A call that did not succeed is not followed by another before the first success: of a carrier that is down, or refuses
the account, no more is asked than the first window.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from carriers.base import Access, CarrierAdapter
from carriers.client import Outcome
from tracking.shipments.models import Leg
from tracking.shipments.polling import carrier_client
from tracking.shipments.polling.account_health import Health, health_of
from tracking.shipments.polling.asking import Batch
from tracking.shipments.polling.concurrency import Window

# Calls that are recorded together: what their statements cost is shared. An answer waits no longer for others than
# GATHER_S.
CHUNK = 200
GATHER_S = 0.5
# Calls under way or not yet recorded: what a fast carrier sends does not fill the memory.
MOST_AHEAD = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call that ended by itself. `outcomes` in the order asked, each with its leg."""

    number: int  # place of its batch among the task's
    outcomes: list[tuple[Leg, Outcome]]
    health: Health
    seconds: float


class Calls:
    """Makes one call per batch, as many at once as the account's window allows."""

    def __init__(
        self,
        adapter: CarrierAdapter,
        access: Access,
        batches: Sequence[Batch],
        window: Window,
        *,
        deadline_s: float,
        may_begin: Callable[[], bool],
    ) -> None:
        self._adapter, self._access, self._batches = adapter, access, batches
        self._window, self._deadline_s = window, deadline_s
        self._may_begin = may_begin  # once it says no, the calls that have not begun are over
        self._ended: SimpleQueue[Call | None] = SimpleQueue()
        self._under_way: set[asyncio.Task[None]] = set()
        self._begun = 0
        self._unrecorded = 0
        self._has_success = self._has_trouble = self._is_stopped = self._is_over = False
        self._failure: BaseException | None = None
        carrier_client.begin(self._begin()).result()

    def chunks(self, patience_s: float) -> Iterator[list[Call]]:
        """The calls as they end, some at a time; an empty list whenever none has ended for `patience_s`.

        Raises what went wrong in our own code.
        """
        is_over = False
        while not is_over:
            chunk: list[Call] = []
            wait_s, gather_until = patience_s, 0.0
            while len(chunk) < CHUNK:
                try:
                    call = self._ended.get(timeout=wait_s)
                except Empty:
                    break
                if call is None:
                    is_over = True
                    break
                if not chunk:
                    gather_until = time.monotonic() + GATHER_S
                chunk.append(call)
                wait_s = max(gather_until - time.monotonic(), 0.0)
            if chunk or not is_over:
                yield chunk
            self._tell(self._took, len(chunk))
        if self._failure is not None:
            raise self._failure

    @property
    def begun(self) -> int:
        """How many calls were begun; they are the first ones."""
        return self._begun

    def stop(self) -> None:
        """Begins no more calls; those under way may end."""
        self._tell(self._stop)

    def cut(self) -> None:
        """Ends everything now; calls under way bring nothing."""
        self._tell(self._cut)

    def _tell(self, work: object, *args: object) -> None:
        carrier_client.loop().call_soon_threadsafe(work, *args)  # type: ignore[arg-type]

    # From here on, all on the loop.

    async def _begin(self) -> None:
        self._client = await carrier_client.client()
        self._launch()

    def _launch(self) -> None:
        while self._goes_on() and self._has_room():
            task = asyncio.get_running_loop().create_task(self._call(self._begun))
            self._begun += 1
            self._under_way.add(task)
            task.add_done_callback(self._done)
        if not self._under_way and not self._is_over and not self._goes_on():
            self._is_over = True
            self._ended.put(None)

    def _goes_on(self) -> bool:
        is_doubtful = self._has_trouble and not self._has_success
        is_left = self._begun < len(self._batches)
        return not self._is_stopped and not is_doubtful and is_left and self._may_begin()

    def _has_room(self) -> bool:
        under_way = len(self._under_way)
        most = min(self._window.size, carrier_client.CONCURRENCY)
        return under_way < most and under_way + self._unrecorded < MOST_AHEAD

    async def _call(self, number: int) -> None:
        batch = self._batches[number]
        known = {asked.number: bytes(leg.last_digest) for leg, asked in batch if leg.last_digest}
        began = time.monotonic()
        outcomes = await self._client.track(
            self._adapter, self._access, [asked for _, asked in batch], known, self._deadline_s
        )
        seconds = time.monotonic() - began
        health = health_of(outcomes)
        self._window.note(seconds, is_good=health is Health.GOOD)
        self._has_success |= health is Health.GOOD
        self._has_trouble |= health is not Health.GOOD
        self._is_stopped |= health is Health.BUSY
        by_number = {outcome.number: outcome for outcome in outcomes}
        # An answer may spell a number otherwise: then the order of the question decides.
        told = [
            (leg, by_number.get(asked.number, outcomes[min(index, len(outcomes) - 1)]))
            for index, (leg, asked) in enumerate(batch)
        ]
        self._unrecorded += 1
        self._ended.put(Call(number=number, outcomes=told, health=health, seconds=seconds))

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failure, self._is_stopped = error, True
        self._launch()

    def _took(self, count: int) -> None:
        self._unrecorded -= count
        self._launch()

    def _stop(self) -> None:
        self._is_stopped = True
        self._launch()

    def _cut(self) -> None:
        self._is_stopped = True
        for task in self._under_way:
            task.cancel()
        self._launch()
