"""Lists, the newest first, a page at a time. The cursor is the last row's id: rows that arrive shift nothing."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from tracking.replica import lagging_reads
from tracking.shipments.errors import Invalid

DEFAULT_LIMIT, MOST = 50, 200

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some rows; `next_cursor` fetches those that follow, None where there are none."""

    rows: Sequence[Any]
    next_cursor: str | None


def page_of(rows: QuerySet[Row], *, cursor: str, limit: int) -> Page:
    """The `limit` rows after the cursor, by falling id. Raises Invalid for a cursor that is none of ours."""
    if cursor:
        rows = rows.filter(id__lt=_position(cursor))
    with lagging_reads():
        found = list(rows.order_by("-id")[: limit + 1])
    has_more = len(found) > limit
    return Page(rows=found[:limit], next_cursor=_cursor(found[limit - 1].id) if has_more else None)  # type: ignore[attr-defined]


def _cursor(row_id: UUID) -> str:
    return base64.urlsafe_b64encode(row_id.bytes).decode().rstrip("=")


def _position(cursor: str) -> UUID:
    try:
        return UUID(bytes=base64.urlsafe_b64decode(cursor + "=="))
    except (binascii.Error, ValueError) as error:
        raise Invalid("cursor", "is not one of ours", "Send `next_cursor` of the page before, unchanged.") from error
