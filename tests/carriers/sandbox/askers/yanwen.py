from __future__ import annotations

from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("hangzhou_hamburg", 0)


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    return asker.call("GET", f"/yanwen/api/tracking?nums={number}", {"Authorization": key})


def rows(said: Said) -> Sized:
    found: Sized = said.json()["result"][0]["checkpoints"]
    return found


def is_unknown(said: Said) -> bool:
    return bool((said.status, said.json()["result"][0]["checkpoints"]) == (200, []))
