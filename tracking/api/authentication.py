"""`Authorization: Bearer tl_...`: the key's row, found by its digest; every refusal says what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django_scopes import scopes_disabled
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from tracking.accounts.models import ApiKey, Merchant

HEADER_CURE = "Send `Authorization: Bearer tl_...` with a key of your merchant."
_USED_EVERY = timedelta(minutes=1)
_LONGEST_KEY = 200


@dataclass(frozen=True, slots=True)
class Program:
    """Who calls: a merchant's program. It has no account of its own, only the key."""

    merchant: Merchant
    is_authenticated: bool = True


class BearerAuthentication(BaseAuthentication):
    """Gives (Program, ApiKey); None where no key was sent, which every endpoint but the documents then refuses."""

    def authenticate(self, request: Request) -> tuple[Program, ApiKey] | None:
        header = request.headers.get("Authorization", "")
        if not header:
            return None
        kind, _, key = header.partition(" ")
        key = key.strip()
        if kind.lower() != "bearer" or not key or len(key) > _LONGEST_KEY:
            raise AuthenticationFailed(f"The Authorization header is not a bearer key. {HEADER_CURE}")
        row = _key_of(key)
        _touch(row)
        return Program(row.merchant), row

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002  DRF's signature
        return 'Bearer realm="api"'


def _key_of(key: str) -> ApiKey:
    """The usable row of a key. Raises AuthenticationFailed, naming the cure."""
    with scopes_disabled():  # whose key it is, is what we are about to learn
        row = ApiKey.objects.select_related("merchant").filter(digest=ApiKey.digest_of(key)).first()
    if row is None:
        raise AuthenticationFailed("No such key. Check that it was copied whole, or issue a new one in the console.")
    if row.revoked_at is not None:
        raise AuthenticationFailed(f"The key {row.prefix}… was revoked. Issue a new one in the console.")
    if not row.is_usable():
        raise AuthenticationFailed(f"The key {row.prefix}… has expired. Issue a new one in the console.")
    return row


def _touch(row: ApiKey) -> None:
    """Writes down that the key is in use, once a minute at most."""
    now = timezone.now()
    if row.last_used_at is not None and now - row.last_used_at < _USED_EVERY:
        return
    with scopes_disabled():
        # Of two processes that come here at once, one writes: the other's condition no longer holds.
        stale = Q(last_used_at=None) | Q(last_used_at__lte=now - _USED_EVERY)
        ApiKey.objects.filter(stale, pk=row.pk).update(last_used_at=now)
