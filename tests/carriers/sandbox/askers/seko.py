from __future__ import annotations

import json
from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("locker_in_berlin_seko", 0)


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    headers = {"access_key": key, "Content-Type": "application/json; charset=utf-8"}
    return asker.call("POST", "/seko/labels/statusv2", headers, json.dumps([number]).encode())


def rows(said: Said) -> Sized:
    found: Sized = said.json()[0]["Events"]
    return found


def is_unknown(said: Said) -> bool:
    return said.status == 200 and said.json() == []
