from __future__ import annotations

from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("shenzhen_paris", 1)
TELLS_AN_ESTIMATE = True


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    return asker.call("GET", f"/laposte/suivi/v2/idships/{number}?lang=fr_FR", {"X-Okapi-Key": key})


def rows(said: Said) -> Sized:
    found: Sized = said.json()["shipment"]["event"]
    return found


def is_unknown(said: Said) -> bool:
    return bool((said.status, said.json()["returnCode"]) == (404, 404))
