from __future__ import annotations

from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("gls_parcel_shop_munich", 1)
TELLS_AN_ESTIMATE = False
TOKEN = "/oauth2/v2/token"


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    headers = asker.bearer("gls") if key == "sandbox" else {"Authorization": f"Bearer {key}"}
    return asker.call("GET", f"/gls/track-and-trace-v1/tracking/simple/trackids/{number}", headers)


def rows(said: Said) -> Sized:
    found: Sized = said.json()["parcels"][0]["events"]
    return found


def is_unknown(said: Said) -> bool:
    return bool(said.json()["parcels"][0]["errorCode"] == "E_404_01")
