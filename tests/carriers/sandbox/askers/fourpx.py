from __future__ import annotations

import json
from collections.abc import Sized
from urllib.parse import urlencode

from carriers.sandbox.wires.fourpx import signature

from ..conftest import Asker, Said

STORY = ("fourpx_tax_number_paris", 0)
REFUSED = 200  # "sign is invalid" in the body
UNKNOWN = "4PX9999999999999CN"


def _call(asker: Asker, method: str, asked: dict[str, str], secret: str) -> Said:
    body = json.dumps(asked)
    query = {"app_key": "sandbox", "format": "json", "method": method, "timestamp": "1", "v": "1.0.0"}
    query["sign"] = signature(query, body, secret)
    target = f"/fourpx/router/api/service?{urlencode(query)}"
    return asker.call("POST", target, {"Content-Type": "application/json"}, body.encode())


def ask(asker: Asker, number: str, key: str, phone: str) -> Said:
    """The track, and the order beside it: only the order tells the last mile's number."""
    track = _call(asker, "tr.order.tracking.get", {"deliveryOrderNo": number}, key)
    if track.status != 200 or not rows(track):
        return track
    order = _call(asker, "ds.xms.order.get", {"request_no": number}, key)
    return Said(200, track.headers, json.dumps(track.json() | {"order": order.json()}).encode())


def rows(said: Said) -> Sized:
    found: Sized = (said.json()["data"] or {}).get("trackingList", [])
    return found


def is_unknown(said: Said) -> bool:
    return said.json()["result"] == "1" and not rows(said)
