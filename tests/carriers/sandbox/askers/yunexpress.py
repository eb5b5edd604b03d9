from __future__ import annotations

import base64
from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("shenzhen_berlin", 0)


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    token = base64.b64encode(f"{key}&{key}".encode()).decode()
    headers = {"Authorization": f"Basic {token}"}
    return asker.call("GET", f"/yunexpress/api/Tracking/GetTrackInfo?OrderNumber={number}", headers)


def rows(said: Said) -> Sized:
    found: Sized = said.json()["Item"]["OrderTrackingDetails"]
    return found


def is_unknown(said: Said) -> bool:
    return bool((said.status, said.json()["Item"], said.json()["Code"] != "0000") == (200, None, True))
