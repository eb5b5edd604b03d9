"""Faults that can be switched on: a carrier that is down, slow, rude or broken, for all of its numbers or for one."""

from __future__ import annotations

import time
from dataclasses import dataclass
from string import ascii_uppercase

from carriers.sandbox.http import Answer, Request
from carriers.sandbox.wire import Wire

KINDS = (
    "down", "rate_limit", "wrong_credentials", "garbage", "huge", "deep", "nul", "dtd", "slow", "hang_up", "bad_utf8",
)  # fmt: skip
RETRY_AFTER_S = 5
_BODIES: dict[str, tuple[bytes, str]] = {
    "garbage": (b"<html><body><h1>It works!</h1></body></html>", "text/html"),
    "nul": (b'{"status":"ok\\u0000","text":"a\x00b"}', "application/json"),
    "bad_utf8": (b'{"text":"\xff\xfe\xc3\x28"}', "application/json"),
    "dtd": (
        b'<?xml version="1.0"?>\n<!DOCTYPE tracking [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>\n'
        b"<tracking><text>&b;</text></tracking>",
        "application/xml",
    ),
}


@dataclass(slots=True)
class Fault:
    """A fault of one carrier. `until`: demo seconds; `count`: answers left; `per_s`: requests allowed a second."""

    carrier: str
    kind: str
    number: str | None = None
    until: float | None = None
    count: int | None = None
    per_s: float | None = None
    seconds: float = 35.0  # of `slow`
    _second: int = 0
    _asked: int = 0

    def strikes(self, request: Request, now: float) -> bool:
        """Whether it meets this request; counts it."""
        if self.until is not None and now >= self.until:
            return False
        if self.count is not None and self.count <= 0:
            return False
        if self.number is not None and not _mentions(request, self.number):
            return False
        if self.kind == "rate_limit" and self.per_s is not None and not self._is_over():
            return False
        if self.count is not None:
            self.count -= 1
        return True

    def _is_over(self) -> bool:
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._asked = second, 0
        self._asked += 1
        return self._asked > (self.per_s or 0)

    def answer(self, wire: Wire) -> Answer:
        """What the fault answers. `slow` and `hang_up` change the carrier's own answer: see `spoil`."""
        if self.kind in ("down", "rate_limit", "wrong_credentials"):
            answer = wire.failure(self.kind)
            if self.kind == "rate_limit":
                answer.headers["Retry-After"] = str(RETRY_AFTER_S)
            return answer
        if self.kind == "huge":
            return Answer(200, b'{"text":"' + b"x" * 10_000_000 + b'"}')
        if self.kind == "deep":
            return Answer(200, b"[" * 5_000_000 + b"]" * 5_000_000)
        body, content_type = _BODIES[self.kind]
        return Answer(200, body, content_type)

    def spoil(self, answer: Answer) -> Answer:
        """The carrier's own answer, late or cut off."""
        if self.kind == "slow":
            answer.after_s = self.seconds
        elif self.kind == "hang_up":
            answer.cut_off = True
        return answer


def _mentions(request: Request, number: str) -> bool:
    """Whether a request names a number; a carrier may be asked without the letters before it (Packeta's Z)."""
    bare = number.lstrip(ascii_uppercase) or number
    return bare in request.path or bare in request.query_text or bare.encode() in request.body
