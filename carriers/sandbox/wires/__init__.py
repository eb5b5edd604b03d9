"""The carriers' wire formats, one module each, found by their files.

Beside `carriers.sandbox.wire.Wire` a module may give `NUMBERS` (makers of its numbers, by name), `NEEDS` (what it wants
beside the number: `phone_last4`, `postal_code`), `PRINTS_S` (how finely it prints times, in seconds), `IS_AGGREGATOR`
and `push(leg, version, secret)`: the body and the headers with which it pushes what it knows.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from random import Random

from carriers.sandbox.numbers import S10_NUMBERS
from carriers.sandbox.parcels import ParcelLeg
from carriers.sandbox.wire import Wire

WIRES: dict[str, Wire] = {
    path.stem: importlib.import_module(f"{__name__}.{path.stem}")
    for path in sorted(Path(__file__).parent.glob("[!_]*.py"))
}
MAKERS: dict[str, Callable[[Random], str]] = S10_NUMBERS | {
    name: maker for wire in WIRES.values() for name, maker in getattr(wire, "NUMBERS", {}).items()
}
NEEDS: dict[str, tuple[str, ...]] = {slug: wire.NEEDS for slug, wire in WIRES.items() if hasattr(wire, "NEEDS")}
PRINTS_S: dict[str, int] = {slug: wire.PRINTS_S for slug, wire in WIRES.items() if hasattr(wire, "PRINTS_S")}
PUSHES: dict[str, Callable[[ParcelLeg, int, str], tuple[bytes, dict[str, str]]]] = {
    slug: wire.push for slug, wire in WIRES.items() if hasattr(wire, "push")
}
AGGREGATORS: frozenset[str] = frozenset(slug for slug, wire in WIRES.items() if getattr(wire, "IS_AGGREGATOR", False))
