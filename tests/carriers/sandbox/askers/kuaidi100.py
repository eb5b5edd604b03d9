from __future__ import annotations

import json
from collections.abc import Sized
from urllib.parse import urlencode

from carriers.sandbox.wires.kuaidi100 import sign_of

from ..conftest import Asker, Said

STORY = ("china_post_london", 0)
REFUSED = 200  # 503 in the body


def ask(asker: Asker, number: str, key: str, phone: str) -> Said:
    param = json.dumps({"com": "youzhengguoji", "num": number, "resultv2": "4"})
    form = {"customer": "sandbox", "param": param, "sign": sign_of(param, key, "sandbox")}
    return asker.call("POST", "/kuaidi100/poll/query.do", {}, urlencode(form).encode())


def rows(said: Said) -> Sized:
    found: Sized = said.json()["data"]
    return found


def is_unknown(said: Said) -> bool:
    return bool(said.json()["returnCode"] == "500")
