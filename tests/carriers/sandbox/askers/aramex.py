from __future__ import annotations

import json
from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("cash_declined_riyadh", 1)
REFUSED = 200


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    names = ("UserName", "Password", "AccountNumber", "AccountPin", "AccountEntity", "AccountCountryCode")
    body = {"ClientInfo": dict.fromkeys(names, key), "GetLastTrackingUpdateOnly": False, "Shipments": [number]}
    path = "/aramex/ShippingAPI.V2/Tracking/Service_1_0.svc/json/TrackShipments"
    return asker.call("POST", path, {"Content-Type": "application/json"}, json.dumps(body).encode())


def rows(said: Said) -> Sized:
    found: Sized = said.json()["TrackingResults"][0]["Value"]
    return found


def is_unknown(said: Said) -> bool:
    return bool(said.json()["NonExistingWaybills"] == ["999999999999"])
