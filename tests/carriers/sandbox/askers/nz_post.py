from __future__ import annotations

from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("auckland_gst", 1)
TOKEN = "/as/token.oauth2"


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    headers = asker.bearer("nz_post") if key == "sandbox" else {"Authorization": f"Bearer {key}"}
    return asker.call("GET", f"/nz_post/parceltrack/3.0/parcels/{number}", headers | {"client_id": key})


def rows(said: Said) -> Sized:
    found: Sized = said.json()["results"]["tracking_events"]
    return found


def is_unknown(said: Said) -> bool:
    return said.status == 404
