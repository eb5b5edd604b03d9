"""What a webhook may tell. A change has exactly one type: the status that it led to, or that the status stayed."""

from __future__ import annotations

from carriers.vocabulary import Status

UPDATED = "shipment.updated"  # phase, event code or reason changed, and the status did not
TEST = "endpoint.test"
SHIPMENT_TYPES = (*(f"shipment.{status.value}" for status in Status), UPDATED)


def type_of(old_status: str, status: str) -> str:
    """The type of a change between these statuses."""
    return UPDATED if status == old_status else f"shipment.{status}"
