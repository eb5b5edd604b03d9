from __future__ import annotations

import re
from collections.abc import Sized

from ..conftest import Asker, Said

STORY = ("full_locker_prague", 1)
REFUSED = 200


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    packet = f"<apiPassword>{key}</apiPassword><packetId>{number.removeprefix('Z')}</packetId>"
    return asker.call("POST", "/packeta/api/rest", {}, f"<packetTracking>{packet}</packetTracking>".encode())


def rows(said: Said) -> Sized:
    return re.findall(rb"<record>", said.body)


def is_unknown(said: Said) -> bool:
    return (said.status, b"<fault>PacketIdFault</fault>" in said.body) == (200, True)
