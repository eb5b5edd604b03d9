"""Secrets at rest: AES-256-GCM under a key ring from the settings, write-only to everybody else.

A sealed value is `version 1 | length of key id | key id | nonce 12 | ciphertext and tag`. The associated data bind
it to its row, so that a value copied to another account does not open. The first key of `settings.CREDENTIAL_KEYS`
seals; every key of the ring opens.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from tracking.shipments.models import CarrierAccount

_VERSION = 1


class SealError(Exception):
    """A sealed value does not open: its key left the ring, or it was changed. Never answered with an empty value."""


def seal_credentials(account: CarrierAccount, credentials: Mapping[str, str]) -> None:
    """Puts the credentials into the account's row, sealed; the caller saves it."""
    plain = json.dumps(dict(credentials), separators=(",", ":")).encode()
    account.sealed_credentials = seal(plain, _bound_to(account))


def open_credentials(account: CarrierAccount) -> dict[str, str]:
    """The account's credentials, {} where none were ever given. Raises SealError."""
    sealed = bytes(account.sealed_credentials)
    if not sealed:
        return {}
    opened: dict[str, str] = json.loads(open_sealed(sealed, _bound_to(account)))
    return opened


def seal(plain: bytes, bound_to: bytes) -> bytes:
    """The sealed value, which opens only with the same `bound_to`: whose secret it is, and of what kind."""
    key_id, key = next(iter(settings.CREDENTIAL_KEYS.items()))
    nonce = os.urandom(12)
    name = key_id.encode()
    return bytes([_VERSION, len(name)]) + name + nonce + AESGCM(key).encrypt(nonce, plain, bound_to)


def open_sealed(sealed: bytes, bound_to: bytes) -> bytes:
    """What was sealed. Raises SealError."""
    if sealed[0] != _VERSION:
        raise SealError("sealed in a version that this release does not know")
    end = 2 + sealed[1]
    key = settings.CREDENTIAL_KEYS.get(sealed[2:end].decode())
    if key is None:
        raise SealError("sealed with a key that is no longer in CREDENTIAL_KEYS")
    try:
        return AESGCM(key).decrypt(sealed[end : end + 12], sealed[end + 12 :], bound_to)
    except InvalidTag as error:
        raise SealError("the sealed value was changed") from error


def key_of(sealed: bytes) -> str:
    """The id of the key that sealed it."""
    return sealed[2 : 2 + sealed[1]].decode()


def _bound_to(account: CarrierAccount) -> bytes:
    return f"{account.merchant_id}|carrier_account|credentials|{account.pk}".encode()
