from __future__ import annotations

import json
from collections.abc import Sized
from urllib.parse import urlencode

from carriers.sandbox.wires.cainiao import digest_of

from ..conftest import Asker, Said

STORY = ("cainiao_duty_london", 0)
REFUSED = 200  # S02 in the body
UNKNOWN = "LP00999999999999"


def ask(asker: Asker, number: str, key: str, phone: str) -> Said:
    content = json.dumps({"orderCode": number, "locale": "zh_CN"})
    form = {
        "msg_type": "cnge.track.get", "to_code": "TRACK", "logistic_provider_id": "sandbox",
        "logistics_interface": content, "data_digest": digest_of(content, key),
    }  # fmt: skip
    return asker.call("POST", "/cainiao/gateway/link.do", {}, urlencode(form).encode())


def rows(said: Said) -> Sized:
    found: Sized = said.json()["data"]["traceDetailList"]
    return found


def is_unknown(said: Said) -> bool:
    return bool(said.json()["data"]["errorMsg"] == "订单不存在")
