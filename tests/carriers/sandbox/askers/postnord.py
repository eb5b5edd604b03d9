from __future__ import annotations

from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("malmo_parcel_locker", 1)
REFUSED = 403
TELLS_AN_ESTIMATE = True


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    path = "/postnord/rest/shipment/v5/trackandtrace/findByIdentifier.json"
    return asker.call("GET", f"{path}?apikey={key}&id={number}&locale=en")


def rows(said: Said) -> Sized:
    found: Sized = said.json()["TrackingInformationResponse"]["shipments"][0]["items"][0]["events"]
    return found


def is_unknown(said: Said) -> bool:
    return bool(said.status == 200 and said.json()["TrackingInformationResponse"]["shipments"] == [])
