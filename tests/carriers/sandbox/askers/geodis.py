from __future__ import annotations

import hashlib
import json
from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("geodis_address_lyon", 0)
TELLS_AN_ESTIMATE = True


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    body = json.dumps({"noSuivi": number}).encode()
    proved = f"{key};{key};1772409600000;fr;api/zoomclient/recherche-envoi;".encode() + body
    header = f"{key};1772409600000;fr;{hashlib.sha256(proved).hexdigest()}"
    path = "/geodis/services/api/zoomclient/recherche-envoi"
    return asker.call("POST", path, {"X-GEODIS-Service": header}, body)


def rows(said: Said) -> Sized:
    found: Sized = said.json()["contenu"]["listSuivis"]
    return found


def is_unknown(said: Said) -> bool:
    return bool(said.json()["codeErreur"] == "ZOOM_001")
