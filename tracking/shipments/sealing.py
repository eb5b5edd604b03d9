"""Carrier credentials at rest: AES-256-GCM under a key ring from the settings, write-only to everybody else.

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
    key_id, key = next(iter(settings.CREDENTIAL_KEYS.items()))
    nonce = os.urandom(12)
    name = key_id.encode()
    plain = json.dumps(dict(credentials), separators=(",", ":")).encode()
    sealed = AESGCM(key).encrypt(nonce, plain, _bound_to(account))
    account.sealed_credentials = bytes([_VERSION, len(name)]) + name + nonce + sealed


def open_credentials(account: CarrierAccount) -> dict[str, str]:
    """The account's credentials, {} where none were ever given. Raises SealError."""
    sealed = bytes(account.sealed_credentials)
    if not sealed:
        return {}
    if sealed[0] != _VERSION:
        raise SealError("sealed in a version that this release does not know")
    end = 2 + sealed[1]
    key = settings.CREDENTIAL_KEYS.get(sealed[2:end].decode())
    if key is None:
        raise SealError("sealed with a key that is no longer in CREDENTIAL_KEYS")
    try:
        plain = AESGCM(key).decrypt(sealed[end : end + 12], sealed[end + 12 :], _bound_to(account))
    except InvalidTag as error:
        raise SealError("the sealed credentials were changed") from error
    opened: dict[str, str] = json.loads(plain)
    return opened


def _bound_to(account: CarrierAccount) -> bytes:
    return f"{account.merchant_id}|carrier_account|credentials|{account.pk}".encode()
