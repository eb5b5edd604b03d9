from __future__ import annotations

from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("ecommerce_to_usps", 0)
TELLS_AN_ESTIMATE = True
TOKEN = "/auth/v4/accesstoken"


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    headers = asker.bearer("dhl_ecommerce") if key == "sandbox" else {"Authorization": f"Bearer {key}"}
    return asker.call("GET", f"/dhl_ecommerce/tracking/v4/package/open?trackingId={number}", headers)


def rows(said: Said) -> Sized:
    found: Sized = said.json()["packages"][0]["events"]
    return found


def is_unknown(said: Said) -> bool:
    return said.status == 200 and said.json()["packages"] == []
