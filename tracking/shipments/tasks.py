"""Celery carries wake-ups and ids; all work waits in PostgreSQL. Every task may be lost, repeated or run twice at
once without harm."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from tracking.shipments import pushes
from tracking.shipments.polling import poll, subscriptions
from tracking.shipments.polling.claims import Claim
from tracking.shipments.scheduling import pricing


@shared_task(name="shipments.poll_account")
def poll_account(account_id: str, claims: list[tuple[str, str]]) -> None:
    """Asks one account's carrier. `claims`: (leg id, poll token)."""
    account = UUID(account_id)
    poll.poll_account(
        account, [Claim(leg_id=UUID(leg), account_id=account, token=UUID(token)) for leg, token in claims]
    )


@shared_task(name="shipments.subscribe")
def subscribe(account_id: str, leg_ids: list[str]) -> None:
    """Asks one account's carrier to push these legs' numbers."""
    subscriptions.subscribe(UUID(account_id), [UUID(leg) for leg in leg_ids])


@shared_task(name="shipments.read_pushes")
def read_pushes() -> None:
    """Reads the messages that carriers pushed."""
    pushes.read_pushes_alone()


@shared_task(name="shipments.reprice")
def reprice(account_ids: list[str]) -> None:
    """Looks whether these accounts' calls fit their limits, and moves what a call costs."""
    pricing.reprice([UUID(account_id) for account_id in account_ids])
