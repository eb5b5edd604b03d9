"""The first wall between tenants: a manager whose queries raise unless they run in a merchant's scope (django-scopes).

`scopes_disabled()` is for what crosses tenants by nature: the ticker, the tasks, the recorder, and the public page
by our number.
"""

from __future__ import annotations

from typing import TypeVar, cast

from django.db import models
from django_scopes import ScopedManager

Manager = TypeVar("Manager", bound="models.Manager[models.Model]")


def scoped(manager: type[Manager]) -> Manager:
    """A manager of this class for a table whose rows name their `merchant`."""
    return cast(Manager, ScopedManager(merchant="merchant", _manager_class=manager))
