from __future__ import annotations

import json
from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("lyon_missing_invoice", 1)
REFUSED = 200


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    body = {"login": key, "password": key, "parcelNumber": number, "lang": "fr_FR"}
    path = "/colissimo/tracking-timeline-ws/rest/tracking/timelineCompany"
    return asker.call("POST", path, {"Content-Type": "application/json"}, json.dumps(body).encode())


def rows(said: Said) -> Sized:
    found: Sized = said.json()["parcel"]["event"]
    return found


def is_unknown(said: Said) -> bool:
    return bool((said.status, said.json()["status"][0]["code"]) == (200, "105"))
