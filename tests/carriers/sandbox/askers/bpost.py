from __future__ import annotations

from collections.abc import Sized

from ..conftest import Asker, Said, basic

STORY = ("brussels_pickup_point", 1)
TELLS_AN_ESTIMATE = True


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    path = f"/bpost/services/trackedmail/item/{number}/trackingInfo"
    return asker.call("GET", path, {"Authorization": basic(key, key)})


def rows(said: Said) -> Sized:
    found: Sized = said.body.split(b"<stateInfo>")[1:]
    return found


def is_unknown(said: Said) -> bool:
    return said.status == 404 and b"Item not found" in said.body
