from __future__ import annotations

from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("inpost_locker_warsaw", 1)
TELLS_AN_ESTIMATE = False
TOKEN = "/oauth2/token"


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    headers = asker.bearer("inpost") if key == "sandbox" else {"Authorization": f"Bearer {key}"}
    return asker.call("GET", f"/inpost/tracking/v1/parcels?trackingNumbers={number}", headers)


def rows(said: Said) -> Sized:
    found: Sized = said.json()["parcels"][0]["events"]
    return found


def is_unknown(said: Said) -> bool:
    return bool((said.status, said.json()["title"]) == (404, "NOT_FOUND"))
