from __future__ import annotations

from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("refused_in_singapore", 1)
TOKEN = "/sg/2.0/oauth/access_token"


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    headers = asker.bearer("ninja_van") if key == "sandbox" else {"Authorization": f"Bearer {key}"}
    return asker.call("GET", f"/ninja_van/sg/1.0/orders/tracking-events?tracking_number={number}", headers)


def rows(said: Said) -> Sized:
    found: Sized = said.json()["data"][0]["events"]
    return found


def is_unknown(said: Said) -> bool:
    return bool(said.json() == {"data": []})
