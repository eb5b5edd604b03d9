from __future__ import annotations

import json
from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("clearance_incomplete_paris", 0)


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    if key not in asker.tokens:
        login = json.dumps({"username": key, "password": key}).encode()
        granted = asker.call("POST", "/asendia/api/authenticate", {"Content-Type": "application/json"}, login)
        asker.tokens[key] = granted.json().get("id_token", key)
    headers = {"Authorization": f"Bearer {asker.tokens[key]}"}
    return asker.call("GET", f"/asendia/api/customers/sandbox/tracking/{number}", headers)


def rows(said: Said) -> Sized:
    found: Sized = said.json()
    return found


def is_unknown(said: Said) -> bool:
    return bool(said.json()["status"] == 404)
