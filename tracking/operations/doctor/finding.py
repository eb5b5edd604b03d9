from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """`fail`: the site does not do its work, or soon will not. `warn`: it does, and an operator should look."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one look found. `cure` is what to do about it; empty where nothing is wrong."""

    name: str
    state: State
    told: str
    cure: str = ""


Check = Callable[[], Iterable[Finding]]


def ok(name: str, told: str) -> Finding:
    return Finding(name=name, state=State.OK, told=told)


def warn(name: str, told: str, cure: str) -> Finding:
    return Finding(name=name, state=State.WARN, told=told, cure=cure)


def fail(name: str, told: str, cure: str) -> Finding:
    return Finding(name=name, state=State.FAIL, told=told, cure=cure)


def by_age(name: str, seconds: float, what: str, *, warn_s: float, fail_s: float, cure: str) -> Finding:
    """ok, warn or fail, by how old something is."""
    told = f"{what} {age(seconds)}"
    if seconds < warn_s:
        return ok(name, told)
    return fail(name, told, cure) if seconds >= fail_s else warn(name, told, cure)


def age(seconds: float) -> str:
    """45 s, 12 min, 5 h, 3 days."""
    for size, unit in ((172_800, "days"), (7_200, "h"), (120, "min")):
        if seconds >= size:
            return f"{seconds / {'days': 86_400, 'h': 3_600, 'min': 60}[unit]:.0f} {unit}"
    return f"{seconds:.0f} s"
