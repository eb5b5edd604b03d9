from __future__ import annotations

from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("ups_mail_innovations", 0)
UNKNOWN = "1Z0000000000000000"
TELLS_AN_ESTIMATE = True
TOKEN = "/security/v1/oauth/token"


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    headers = {"transId": "1", "transactionSrc": "test"}
    headers |= asker.bearer("ups") if key == "sandbox" else {"Authorization": f"Bearer {key}"}
    return asker.call("GET", f"/ups/api/track/v1/details/{number}", headers)


def rows(said: Said) -> Sized:
    found: Sized = said.json()["trackResponse"]["shipment"][0]["package"][0]["activity"]
    return found


def is_unknown(said: Said) -> bool:
    return bool(said.json()["trackResponse"]["shipment"][0]["warnings"][0]["code"] == "TW0001")
