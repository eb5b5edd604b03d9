from __future__ import annotations

import json
from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("nova_poshta_kyiv", 1)
REFUSED = 200  # "API key expired" in the body


def ask(asker: Asker, number: str, key: str, phone: str) -> Said:
    body = {
        "apiKey": key, "modelName": "TrackingDocument", "calledMethod": "getStatusDocuments",
        "methodProperties": {"Documents": [{"DocumentNumber": number, "Phone": phone}]},
    }  # fmt: skip
    return asker.call("POST", "/nova_poshta/v2.0/json/", {}, json.dumps(body).encode())


def rows(said: Said) -> Sized:
    found: Sized = said.json()["data"]
    return found


def is_unknown(said: Said) -> bool:
    return bool(said.json()["data"][0]["StatusCode"] == "3")
