from __future__ import annotations

import json
from collections.abc import Sized
from urllib.parse import urlencode

from carriers.sandbox.wires.kdniao import digest_of

from ..conftest import Asker, Said

STORY = ("yto_refused_beijing", 0)
REFUSED = 200  # the reason in the body


def ask(asker: Asker, number: str, key: str, phone: str) -> Said:
    content = json.dumps({"OrderCode": "", "ShipperCode": "YTO", "LogisticCode": number})
    form = {
        "RequestData": content, "EBusinessID": "sandbox", "RequestType": "8001", "DataType": "2",
        "DataSign": digest_of(content, key),
    }  # fmt: skip
    return asker.call("POST", "/kdniao/Ebusiness/EbusinessOrderHandle.aspx", {}, urlencode(form).encode())


def rows(said: Said) -> Sized:
    found: Sized = said.json()["Traces"]
    return found


def is_unknown(said: Said) -> bool:
    return bool(said.json()["Reason"] == "暂无轨迹信息")
