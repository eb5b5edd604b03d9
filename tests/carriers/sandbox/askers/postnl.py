from __future__ import annotations

from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("utrecht_import_costs", 1)
TELLS_AN_ESTIMATE = True
UNKNOWN = "3SQRST000000000"


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    return asker.call("GET", f"/postnl/shipment/v2/status/barcode/{number}?detail=true&language=EN", {"apikey": key})


def rows(said: Said) -> Sized:
    found: Sized = said.json()["CompleteStatus"]["Shipment"]["Event"]
    return found


def is_unknown(said: Said) -> bool:
    return bool(said.status == 200 and said.json()["Warnings"][0]["Message"] == "No shipment found")
