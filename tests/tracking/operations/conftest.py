from __future__ import annotations

from tests.carriers.sandbox.conftest import Server, server
from tests.tracking.shipments.conftest import halden, parcel, road, yunexpress

__all__ = ["Server", "halden", "parcel", "road", "server", "yunexpress"]
