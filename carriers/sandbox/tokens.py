"""OAuth 2 tokens that end, in the machine's time."""

from __future__ import annotations

import secrets
import time


class Tokens:
    """Issued access tokens. `lifetime_s` overrides every carrier's own lifetime (for tests of renewal)."""

    def __init__(self, lifetime_s: float | None = None) -> None:
        self.lifetime_s = lifetime_s
        self._ends: dict[str, float] = {}

    def issue(self, carrier: str, lifetime_s: float) -> tuple[str, int]:
        """A new token and the seconds it lives."""
        lives = lifetime_s if self.lifetime_s is None else self.lifetime_s
        token = f"{carrier}-{secrets.token_urlsafe(24)}"
        now = time.monotonic()
        if len(self._ends) > 10_000:
            self._ends = {known: end for known, end in self._ends.items() if end > now}
        self._ends[token] = now + lives
        return token, int(lives)

    def holds(self, carrier: str, token: str) -> bool:
        """Whether the token is this carrier's and has not ended."""
        return token.startswith(f"{carrier}-") and self._ends.get(token, 0.0) > time.monotonic()

    def end_all(self) -> None:
        """Ends every token at once."""
        self._ends.clear()
