from __future__ import annotations

from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("oslo_vat", 1)


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    headers = {"X-MyBring-API-Uid": key, "X-MyBring-API-Key": key, "X-Bring-Client-URL": key}
    return asker.call("GET", f"/posten_norge/api/v2/tracking.json?q={number}&lang=en", headers)


def rows(said: Said) -> Sized:
    found: Sized = said.json()["consignmentSet"][0]["packageSet"][0]["eventSet"]
    return found


def is_unknown(said: Said) -> bool:
    return bool((said.status, said.json()["consignmentSet"][0]["error"]["code"]) == (404, 404))
