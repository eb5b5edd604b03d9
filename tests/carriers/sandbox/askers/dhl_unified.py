from __future__ import annotations

from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("auckland_honolulu", 0)
TELLS_AN_ESTIMATE = True


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    return asker.call("GET", f"/dhl_unified/track/shipments?trackingNumber={number}", {"DHL-API-Key": key})


def rows(said: Said) -> Sized:
    found: Sized = said.json()["shipments"][0]["events"]
    return found


def is_unknown(said: Said) -> bool:
    return bool((said.status, said.json()["status"]) == (404, 404))
