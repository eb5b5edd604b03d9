from __future__ import annotations

from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("attempts_then_pickup", 1)
UNKNOWN = "FQ000000000GB"
TELLS_AN_ESTIMATE = True


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    headers = {"X-IBM-Client-Id": key, "X-IBM-Client-Secret": key, "X-Accept-RMG-Terms": "yes"}
    return asker.call("GET", f"/royalmail/mailpieces/v2/{number}/events", headers)


def rows(said: Said) -> Sized:
    found: Sized = said.json()["mailPieces"]["events"]
    return found


def is_unknown(said: Said) -> bool:
    return bool((said.status, said.json()["errors"][0]["errorCode"]) == (404, "E1142"))
