from __future__ import annotations

from collections.abc import Sized
from urllib.parse import urlencode

from ..conftest import Asker, Said

STORY = ("amazon_new_york", 1)
REFUSED = 403
TELLS_AN_ESTIMATE = True


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    if key not in asker.tokens:
        form = {"grant_type": "refresh_token", "refresh_token": key, "client_id": key, "client_secret": key}
        granted = asker.call("POST", "/amazon_shipping/auth/o2/token", {}, urlencode(form).encode())
        asker.tokens[key] = granted.json().get("access_token", key)
    headers = {"x-amz-access-token": asker.tokens[key]}
    return asker.call("GET", f"/amazon_shipping/shipping/v2/tracking?trackingId={number}&carrierId=AMZN_US", headers)


def rows(said: Said) -> Sized:
    found: Sized = said.json()["payload"]["eventHistory"]
    return found


def is_unknown(said: Said) -> bool:
    return bool((said.status, said.json()["errors"][0]["code"]) == (404, "NotFound"))
