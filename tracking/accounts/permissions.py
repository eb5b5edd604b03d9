"""Who may do what: a table for a merchant's people (by role) and one for its programs (by scope). Denied by default."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from tracking.accounts.models import Role, Scope


class Action(StrEnum):
    """Something that a page or an endpoint does; each names the one it needs."""

    VIEW_SHIPMENTS = "view_shipments"
    VIEW_RAW_ANSWERS = "view_raw_answers"
    CHANGE_SHIPMENTS = "change_shipments"  # register, correct legs, tell events, refresh, archive
    VIEW_MAPPING = "view_mapping"  # unknown wordings, the phrasebook, replays
    CHANGE_MAPPING = "change_mapping"  # map a wording, replay
    VIEW_CARRIER_ACCOUNTS = "view_carrier_accounts"
    CHANGE_CARRIER_ACCOUNTS = "change_carrier_accounts"
    VIEW_WEBHOOKS = "view_webhooks"  # endpoints, their deliveries and attempts
    CHANGE_WEBHOOKS = "change_webhooks"  # endpoints, their secrets; replay deliveries
    MANAGE_KEYS = "manage_keys"
    MANAGE_MEMBERS = "manage_members"


_VIEW = frozenset({Action.VIEW_SHIPMENTS})
_SEE = _VIEW | {Action.VIEW_RAW_ANSWERS, Action.VIEW_MAPPING}
_WORK = _SEE | {Action.CHANGE_SHIPMENTS, Action.CHANGE_MAPPING, Action.VIEW_CARRIER_ACCOUNTS, Action.VIEW_WEBHOOKS}
_RUN = _WORK | {Action.CHANGE_CARRIER_ACCOUNTS, Action.CHANGE_WEBHOOKS, Action.MANAGE_KEYS}

ROLE_ACTIONS: dict[Role, frozenset[Action]] = {
    Role.ANALYST: _VIEW,
    Role.SUPPORT: _SEE,
    Role.OPS: _WORK,
    Role.MANAGER: _RUN,
    Role.OWNER: _RUN | {Action.MANAGE_MEMBERS},
}

SCOPE_ACTIONS: dict[Scope, frozenset[Action]] = {
    Scope.READ: frozenset({Action.VIEW_SHIPMENTS, Action.VIEW_RAW_ANSWERS, Action.VIEW_MAPPING}),
    Scope.WRITE: frozenset({Action.CHANGE_SHIPMENTS, Action.CHANGE_MAPPING}),
    # Apart from the others: whoever has it can have every shipment's news sent anywhere.
    Scope.WEBHOOKS: frozenset({Action.VIEW_WEBHOOKS, Action.CHANGE_WEBHOOKS}),
}


def role_may(role: str, action: Action) -> bool:
    """True where a member in this role may do it; a role that is not in the table may do nothing."""
    return role in Role.values and action in ROLE_ACTIONS[Role(role)]


def scopes_may(scopes: Iterable[str], action: Action) -> bool:
    """True where a key with these scopes may do it."""
    return any(action in SCOPE_ACTIONS[Scope(scope)] for scope in scopes if scope in Scope.values)


def scope_for(action: Action) -> Scope | None:
    """The scope that lets a key do it; None where no key ever may."""
    return next((scope for scope, actions in SCOPE_ACTIONS.items() if action in actions), None)
