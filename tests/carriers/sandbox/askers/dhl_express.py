from __future__ import annotations

from collections.abc import Sized

from ..conftest import Asker, Said, basic

STORY = ("express_invoice_new_york", 0)
TELLS_AN_ESTIMATE = True


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    query = "trackingView=all-checkpoints-with-remarks&levelOfDetail=shipment&requestGMTOffsetPerEvent=true"
    headers = {"Authorization": basic(key, key)}
    return asker.call("GET", f"/dhl_express/shipments/{number}/tracking?{query}", headers)


def rows(said: Said) -> Sized:
    found: Sized = said.json()["shipments"][0]["events"]
    return found


def is_unknown(said: Said) -> bool:
    return bool((said.status, said.json()["status"]) == (404, "404"))
