"""Who may do what, as the table says it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tracking.accounts.models import Role, Scope
from tracking.accounts.permissions import ROLE_ACTIONS, SCOPE_ACTIONS, Action, role_may, scope_for, scopes_may


def test_every_role_and_every_scope_is_in_the_table() -> None:
    assert set(ROLE_ACTIONS) == set(Role)
    assert set(SCOPE_ACTIONS) == set(Scope)


def test_the_owner_may_do_everything_and_each_role_what_the_one_below_may() -> None:
    assert ROLE_ACTIONS[Role.OWNER] == set(Action)
    order = [Role.ANALYST, Role.SUPPORT, Role.OPS, Role.MANAGER, Role.OWNER]
    for lower, higher in pairwise(order):
        assert ROLE_ACTIONS[lower] < ROLE_ACTIONS[higher]


@pytest.mark.parametrize(
    ("role", "action", "may"),
    [
        ("analyst", Action.CHANGE_SHIPMENTS, False),
        ("support", Action.CHANGE_SHIPMENTS, False),
        ("support", Action.VIEW_RAW_ANSWERS, True),
        ("ops", Action.CHANGE_SHIPMENTS, True),
        ("ops", Action.CHANGE_CARRIER_ACCOUNTS, False),
        ("manager", Action.MANAGE_KEYS, True),
        ("manager", Action.MANAGE_MEMBERS, False),
        ("root", Action.VIEW_SHIPMENTS, False),
        ("", Action.VIEW_SHIPMENTS, False),
    ],
)
def test_roles(role: str, action: Action, may: bool) -> None:
    assert role_may(role, action) is may


def test_no_key_manages_keys_members_or_accounts() -> None:
    for action in (Action.MANAGE_KEYS, Action.MANAGE_MEMBERS, Action.CHANGE_CARRIER_ACCOUNTS):
        assert scope_for(action) is None
        assert not scopes_may(list(Scope), action)


def test_a_scope_that_nobody_knows_allows_nothing() -> None:
    assert not scopes_may(["everything", ""], Action.VIEW_SHIPMENTS)
