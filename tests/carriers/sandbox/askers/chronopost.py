from __future__ import annotations

from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("chronopost_second_day", 1)


def ask(asker: Asker, number: str, _key: str, _phone: str) -> Said:
    body = f"<trackSkybillV2><language>en_GB</language><skybillNumber>{number}</skybillNumber></trackSkybillV2>"
    return asker.call("POST", "/chronopost/tracking-cxf/TrackingServiceWS", {}, body.encode())


def rows(said: Said) -> Sized:
    found: Sized = said.body.split(b"<events>")[1:]
    return found


def is_unknown(said: Said) -> bool:
    return said.status == 200 and b"<errorCode>0</errorCode>" in said.body and b"<events>" not in said.body
