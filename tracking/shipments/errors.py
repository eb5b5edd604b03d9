"""Bad input, named so that whoever sent it can mend it."""

from __future__ import annotations


class Invalid(ValueError):
    """A field that cannot be taken. `field` is a dotted path such as "legs.0.number"; `cure` says what to send
    instead."""

    def __init__(self, field: str, detail: str, cure: str = "") -> None:
        super().__init__(f"{field}: {detail}")
        self.field, self.detail, self.cure = field, detail, cure

    def under(self, prefix: str) -> Invalid:
        """The same complaint about a field one level up."""
        return Invalid(f"{prefix}.{self.field}", self.detail, self.cure)
