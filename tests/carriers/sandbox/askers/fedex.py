from __future__ import annotations

import json
from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("fedex_to_usps", 0)
TELLS_AN_ESTIMATE = True
TOKEN = "/oauth/token"


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    headers = asker.bearer("fedex") if key == "sandbox" else {"Authorization": f"Bearer {key}"}
    rows = [{"trackingNumberInfo": {"trackingNumber": one}} for one in number.split(",")]
    body = json.dumps({"includeDetailedScans": True, "trackingInfo": rows}).encode()
    return asker.call("POST", "/fedex/track/v1/trackingnumbers", headers, body)


def rows(said: Said) -> Sized:
    found: Sized = said.json()["output"]["completeTrackResults"][0]["trackResults"][0]["scanEvents"]
    return found


def is_unknown(said: Said) -> bool:
    return bool(
        said.json()["output"]["completeTrackResults"][0]["trackResults"][0]["error"]["code"]
        == "TRACKING.TRACKINGNUMBER.NOTFOUND"
    )
