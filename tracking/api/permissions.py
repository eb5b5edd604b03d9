"""Deny by default: a key may do what its scopes allow, a method that a view does not classify may be done by nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.exceptions import NotAuthenticated, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from tracking.accounts.models import ApiKey
from tracking.accounts.permissions import scope_for, scopes_may
from tracking.api.authentication import HEADER_CURE

if TYPE_CHECKING:
    from tracking.api.endpoint import Endpoint


class HasScope(BasePermission):
    """Asks the key for the action that the view names for the method."""

    def has_permission(self, request: Request, view: Endpoint) -> bool:  # type: ignore[override]
        if not isinstance(request.auth, ApiKey):
            raise NotAuthenticated(f"No key was sent. {HEADER_CURE}")
        method = request.method or ""
        if method not in view.allowed_methods:
            return True  # nothing will be done; the answer is 405
        action = view.actions.get(method)
        needed = scope_for(action) if action is not None else None
        if action is None or not scopes_may(request.auth.scopes, action):
            name = f"the scope `{needed.value}`" if needed else "a scope that no key has"
            raise PermissionDenied(
                f"{method} here needs {name}; the key {request.auth.prefix}… has {_listed(request.auth.scopes)}. "
                "Issue a key with that scope in the console."
            )
        return True


def _listed(scopes: list[str]) -> str:
    return ", ".join(f"`{scope}`" for scope in scopes) or "none"
