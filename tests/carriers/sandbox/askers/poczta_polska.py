from __future__ import annotations

import re
from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("warsaw_invoice", 1)


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    token = f"<UsernameToken><Username>{key}</Username><Password>{key}</Password></UsernameToken>"
    asked = f"<sprawdzPrzesylkePl><numer>{number}</numer></sprawdzPrzesylkePl>"
    body = f"<Envelope><Header><Security>{token}</Security></Header><Body>{asked}</Body></Envelope>"
    return asker.call("POST", "/poczta_polska/Sledzenie/services/Sledzenie", {}, body.encode())


def rows(said: Said) -> Sized:
    return re.findall(rb"<ax21:zdarzenie>", said.body)


def is_unknown(said: Said) -> bool:
    return b"<ax21:status>-2</ax21:status>" in said.body
