from __future__ import annotations

from collections.abc import Sized

from ..conftest import Asker, Said, basic

STORY = ("sydney_biosecurity", 1)


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    headers = {"Authorization": basic(key, key), "Account-Number": key}
    return asker.call("GET", f"/australia_post/shipping/v1/track?tracking_ids={number}", headers)


def rows(said: Said) -> Sized:
    found: Sized = said.json()["tracking_results"][0]["trackable_items"][0]["events"]
    return found


def is_unknown(said: Said) -> bool:
    return bool(said.json()["tracking_results"][0]["errors"][0]["code"] == "ESB-10001")
