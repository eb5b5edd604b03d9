from __future__ import annotations

import json
from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("singapore_post_invoice", 1)


def ask(asker: Asker, number: str, key: str, phone: str) -> Said:
    headers = {"17token": key, "Content-Type": "application/json"}
    body = json.dumps([{"number": number, "carrier": 19131}]).encode()
    return asker.call("POST", "/track17/track/v2.2/gettrackinfo", headers, body)


def rows(said: Said) -> Sized:
    found: Sized = said.json()["data"]["accepted"][0]["track_info"]["tracking"]["providers"][0]["events"]
    return found


def is_unknown(said: Said) -> bool:
    return bool(said.json()["data"]["rejected"][0]["error"]["code"] == -18019902)
