from __future__ import annotations

from ..conftest import Asker, Said
from .dhl_unified import is_unknown, rows

__all__ = ["STORY", "TELLS_AN_ESTIMATE", "ask", "is_unknown", "rows"]

STORY = ("s10_hamburg", 1)
TELLS_AN_ESTIMATE = True


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    return asker.call("GET", f"/deutsche_post/track/shipments?trackingNumber={number}", {"DHL-API-Key": key})
