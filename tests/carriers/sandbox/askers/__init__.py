"""Asks the wires by hand, one module a carrier: `ask`, `rows` and `is_unknown`, found by their files.

`STORY` is a story whose leg of that carrier is told to the end, and the leg's place. Where it matters: `TOKEN` (path of
its OAuth token), `REFUSED` (HTTP status of wrong credentials, else 401), `UNKNOWN` (a number that no story has, in
the carrier's format), `TELLS_AN_ESTIMATE`.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

ASKERS: dict[str, ModuleType] = {
    path.stem: importlib.import_module(f"{__name__}.{path.stem}")
    for path in sorted(Path(__file__).parent.glob("[!_]*.py"))
}
