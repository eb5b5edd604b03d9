"""Deutsche Post: DHL's Shipment Tracking - Unified, where its letters are the service "post-de"."""

from __future__ import annotations

from carriers.sandbox.http import Answer, Request
from carriers.sandbox.numbers import s10
from carriers.sandbox.wire import Desk
from carriers.sandbox.wires import dhl_unified

SLUG = "deutsche_post"
NUMBERS = {"deutsche_post": s10("RT", "DE")}
WORDS = dhl_unified.WORDS


def handle(request: Request, desk: Desk) -> Answer:
    return dhl_unified.answer(request, desk, SLUG)


push = dhl_unified.push
failure = dhl_unified.failure
