from __future__ import annotations

import json
from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("poste_refused_turin", 1)


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    token = key if key != "sandbox" else asker.tokens.get("poste_italiane") or token_of(asker)
    shipments = [{"waybillNumber": number, "lastTracingState": "N"}]
    body = {"arg0": {"shipmentsData": shipments, "statusDescription": "E", "customerType": "DQ"}}
    path, headers = "/poste_italiane/postalandlogistics/parcel/tracking", {"POSTE_clientID": key}
    return asker.call("POST", path, headers | {"Authorization": token}, json.dumps(body).encode())


def token_of(asker: Asker) -> str:
    form = {"clientId": "sandbox", "secretId": "sandbox", "scope": "all", "grantType": "client_credentials"}
    headers = {"POSTE_clientID": "sandbox"}
    granted = asker.call("POST", "/poste_italiane/user/sessions", headers, json.dumps(form).encode()).json()
    return asker.tokens.setdefault("poste_italiane", granted["access_token"])


def rows(said: Said) -> Sized:
    found: Sized = said.json()["return"]["shipment"][0]["tracking"]
    return found


def is_unknown(said: Said) -> bool:
    return bool(said.json()["return"]["messages"][0]["code"] == 207)
