"""Secrets of a demo: made at the first start and kept in the data folder. Never used in production."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path


def secret_key(folder: Path) -> str:
    """The kept SECRET_KEY."""
    return kept(folder / "secret_key", lambda: secrets.token_urlsafe(60))


def credential_keys(folder: Path) -> str:
    """The kept CREDENTIAL_KEYS: a ring of one key."""
    return kept(folder / "credential_keys", lambda: "demo:" + base64.b64encode(secrets.token_bytes(32)).decode())


def kept(path: Path, make: Callable[[], str]) -> str:
    """What the file holds; made by the first to ask. Whole or absent, whoever asks at the same time."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(make())
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()
