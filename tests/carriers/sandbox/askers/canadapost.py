from __future__ import annotations

from collections.abc import Sized

from ..conftest import Asker, Said, basic

STORY = ("card_left_vancouver", 1)
TELLS_AN_ESTIMATE = True


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    headers = {"Authorization": basic(key, key), "Accept": "application/vnd.cpc.track-v2+xml"}
    return asker.call("GET", f"/canadapost/vis/track/pin/{number}/detail", headers)


def rows(said: Said) -> Sized:
    found: Sized = said.body.split(b"<occurrence>")[1:]
    return found


def is_unknown(said: Said) -> bool:
    return bool(said.status == 404 and b"<code>004</code>" in said.body)
