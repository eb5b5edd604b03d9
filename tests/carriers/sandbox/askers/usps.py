from __future__ import annotations

from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("shenzhen_los_angeles", 1)
TELLS_AN_ESTIMATE = True
TOKEN = "/oauth2/v3/token"


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    headers = asker.bearer("usps") if key == "sandbox" else {"Authorization": f"Bearer {key}"}
    return asker.call("GET", f"/usps/tracking/v3/tracking/{number}?expand=DETAIL", headers)


def rows(said: Said) -> Sized:
    found: Sized = said.json()["trackingEvents"]
    return found


def is_unknown(said: Said) -> bool:
    return bool((said.status, said.json()["error"]["code"]) == (404, "404"))
