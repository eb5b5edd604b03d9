"""The carriers' wire formats, one module each."""

from __future__ import annotations

from carriers.sandbox.wire import Wire
from carriers.sandbox.wires import (
    canadapost,
    dhl_unified,
    fedex,
    laposte,
    royalmail,
    sf_express,
    ups,
    usps,
    yanwen,
    yunexpress,
)

WIRES: dict[str, Wire] = {
    wire.SLUG: wire
    for wire in (yunexpress, yanwen, sf_express, dhl_unified, ups, fedex, usps, royalmail, laposte, canadapost)
}
