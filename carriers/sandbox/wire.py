"""What every carrier's module gives: its words for what happened, and its way to answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from carriers.sandbox.http import Answer, Request
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.tokens import Tokens
from carriers.vocabulary import EventCode, Reason

if TYPE_CHECKING:
    from carriers.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Word:
    """A carrier's code and wording. `means` where they say less than what happened; `tells_why`: the reason too."""

    code: str
    text: str
    means: EventCode | None = None
    tells_why: bool = True


Words = Mapping[EventCode | tuple[EventCode, Reason], Word]


def word_of(words: Words, told: Told) -> Word:
    """The carrier's words for a scan: those for its reason first. Raises KeyError where it has none."""
    scan = told.scan
    if scan.raw is not None:
        return Word(scan.raw[0], scan.raw[1], EventCode.UNKNOWN, tells_why=False)
    if scan.why is not None:
        found = words.get((scan.what, scan.why))
        if found is not None:
            return found
    found = words[scan.what]
    return found if scan.why is None else Word(found.code, found.text, found.means, tells_why=False)


@dataclass(slots=True)
class Desk:
    """What a carrier's module works with: the world, the instant of this request, and the tokens it has issued."""

    world: World
    now: float
    tokens: Tokens

    def find(self, carrier: str, number: str) -> tuple[ParcelLeg, int] | None:
        """The leg and the version of its answer, or None. Raises CarrierDown."""
        return self.world.find(carrier, number, self.now)

    def subscribe(self, carrier: str, number: str, url: str, secret: str) -> bool:
        """Has a number's news pushed from now on; False where this sandbox pushes nothing."""
        return self.world.subscribe(carrier, number, url, secret)

    def piece(self, carrier: str, number: str, render: Callable[[ParcelLeg, int], bytes]) -> bytes | None:
        """The rendered answer for a number, or None where the carrier does not know it."""
        found = self.find(carrier, number)
        if found is None:
            return None
        if found[0].asked == carrier:
            return self.world.piece(found[0], found[1], render)
        try:
            return render(*found)
        except KeyError:  # a story told in another aggregator's words, of which this one has not all
            return None


class Wire(Protocol):
    """A carrier's module."""

    SLUG: str
    WORDS: Words

    def handle(self, request: Request, desk: Desk) -> Answer: ...

    def failure(self, kind: str) -> Answer:
        """Its way to say `down`, `rate_limit` or `wrong_credentials`."""
        ...
