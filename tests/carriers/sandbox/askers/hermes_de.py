from __future__ import annotations

from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("hermes_missed_hamburg", 1)
TELLS_AN_ESTIMATE = True
TOKEN = "/authorization-facade/oauth2/access_token"


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    headers = asker.bearer("hermes_de") if key == "sandbox" else {"Authorization": f"Bearer {key}"}
    return asker.call("GET", f"/hermes_de/services/hsi/shipmentinfo?shipmentID={number}", headers)


def rows(said: Said) -> Sized:
    found: Sized = said.json()["shipmentinfo"][0]["status"]
    return found


def is_unknown(said: Said) -> bool:
    return bool(said.json()["shipmentinfo"][0]["result"]["code"] == "e001")
