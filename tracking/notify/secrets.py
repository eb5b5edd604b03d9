"""An endpoint's secrets at rest: the one that signs, and those that sign beside it for a day after a change.

Sealed together as JSON, the newest first: [{"secret": "whsec_...", "until": null or seconds since 1970}].
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tracking.notify import signing
from tracking.shipments.sealing import open_sealed, seal

OLD_KEPT = timedelta(hours=24)
_MOST = 5  # a header of more would be refused by some receivers


def with_new(endpoint_id: UUID, sealed: bytes, now: datetime) -> tuple[bytes, str]:
    """The secrets (b"" for none) with a new one in front, and the new one, which is shown once and never again.

    Every other that still signs does so for OLD_KEPT at the most.
    """
    end = (now + OLD_KEPT).timestamp()
    old = [{**each, "until": min(each["until"] or end, end)} for each in _standing(endpoint_id, sealed, now)]
    secret = signing.new_secret()
    kept = [{"secret": secret, "until": None}, *old[: _MOST - 1]]
    return seal(json.dumps(kept).encode(), _bound_to(endpoint_id)), secret


def standing(endpoint_id: UUID, sealed: bytes, now: datetime) -> list[str]:
    """The secrets that sign a message now, the newest first. Raises SealError."""
    return [each["secret"] for each in _standing(endpoint_id, sealed, now)]


def _standing(endpoint_id: UUID, sealed: bytes, now: datetime) -> list[dict[str, Any]]:
    if not sealed:
        return []
    kept: list[dict[str, Any]] = json.loads(open_sealed(bytes(sealed), _bound_to(endpoint_id)))
    return [each for each in kept if each["until"] is None or now.timestamp() < each["until"]]


def _bound_to(endpoint_id: UUID) -> bytes:
    return f"webhook_endpoint|secrets|{endpoint_id}".encode()
