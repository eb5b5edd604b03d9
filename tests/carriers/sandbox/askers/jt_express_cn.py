from __future__ import annotations

import json
from collections.abc import Sized
from urllib.parse import urlencode

from carriers.sandbox.wires.jt_express_cn import digest_of

from ..conftest import Asker, Said

STORY = ("jt_station_beijing", 0)
REFUSED = 200  # 145003030 in the body


def ask(asker: Asker, number: str, key: str, phone: str) -> Said:
    content = json.dumps({"billCodes": number})
    headers = {"apiAccount": "sandbox", "digest": digest_of(content, key), "timestamp": "1"}
    path = "/jt_express_cn/webopenplatformapi/api/logistics/trace"
    return asker.call("POST", path, headers, urlencode({"bizContent": content}).encode())


def rows(said: Said) -> Sized:
    found: Sized = said.json()["data"][0]["details"]
    return found


def is_unknown(said: Said) -> bool:
    return bool(said.json()["code"] == "999001030")
