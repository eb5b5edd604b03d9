from __future__ import annotations

import json
from collections.abc import Sized

from ..conftest import Asker, Said, basic

STORY = ("storm_los_angeles_ontrac", 1)
TELLS_AN_ESTIMATE = True


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    body = json.dumps({"tracker": {"tracking_code": number}}).encode()
    headers = {"Authorization": basic(key, ""), "Content-Type": "application/json"}
    return asker.call("POST", "/easypost/v2/trackers", headers, body)


def rows(said: Said) -> Sized:
    found: Sized = said.json()["tracking_details"]
    return found


def is_unknown(said: Said) -> bool:
    return bool(said.json()["tracking_details"] == [])
