from __future__ import annotations

import json
from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("invoice_missing_london_spring", 0)
REFUSED = 200


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    body = {"Apikey": key, "Command": "TrackShipment", "Shipment": {"TrackingNumber": number}}
    return asker.call("POST", "/spring/", {"Content-Type": "text/json"}, json.dumps(body).encode())


def rows(said: Said) -> Sized:
    found: Sized = said.json()["Shipment"]["Events"]
    return found


def is_unknown(said: Said) -> bool:
    return bool(said.json()["Error"] == "Tracking number not found")
