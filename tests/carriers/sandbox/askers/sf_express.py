from __future__ import annotations

import json
from collections.abc import Sized
from urllib.parse import urlencode

from carriers.sandbox.wires.sf_express import digest_of

from ..conftest import Asker, Said

STORY = ("sf_locker", 0)
REFUSED = 200  # A1006 in the body


def ask(asker: Asker, number: str, key: str, phone: str) -> Said:
    message = json.dumps({"trackingType": "1", "trackingNumber": [number], "checkPhoneNo": phone})
    form = {
        "partnerID": "sandbox", "requestID": "1", "serviceCode": "EXP_RECE_SEARCH_ROUTES", "timestamp": "1",
        "msgDigest": digest_of(message, "1", key), "msgData": message,
    }  # fmt: skip
    return asker.call("POST", "/sf_express/std/service", {}, urlencode(form).encode())


def rows(said: Said) -> Sized:
    found: Sized = json.loads(said.json()["apiResultData"])["msgData"]["routeResps"][0]["routes"]
    return found


def is_unknown(said: Said) -> bool:
    return bool(json.loads(said.json()["apiResultData"])["msgData"]["routeResps"][0]["routes"] == [])
