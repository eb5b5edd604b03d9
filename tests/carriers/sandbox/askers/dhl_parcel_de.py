from __future__ import annotations

from collections.abc import Sized
from urllib.parse import quote

from ..conftest import Asker, Said, basic

STORY = ("hangzhou_munich_packstation", 1)
TELLS_AN_ESTIMATE = True


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    xml = f'<data appname="{key}" password="{key}" request="d-get-piece-detail" piece-code="{number}"/>'
    return asker.call("GET", f"/dhl_parcel_de/shipments?xml={quote(xml)}", {"Authorization": basic(key, key)})


def rows(said: Said) -> Sized:
    found: Sized = said.body.split(b'name="piece-event" ')[1:]
    return found


def is_unknown(said: Said) -> bool:
    return said.status == 200 and b'code="100"' in said.body
