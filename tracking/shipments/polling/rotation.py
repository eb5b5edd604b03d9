"""Which accounts a look for due legs goes through: a part of them, so that its cost is that of its legs and not of all
accounts. Parts are whole merchants in the order of their ids; after some looks everybody has had a turn."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.db import connection

# Accounts that a look begins with. All of a large site's would cost it ten times what its legs cost.
FIRST_PART = 300
LEGS_PER_ACCOUNT = 2  # of those that are wanted, so that a look for very many begins with more accounts
# While a part has less due than is wanted, the look goes on with so many times its accounts, in so many parts at most.
GROWTH = 4
MOST_PARTS = 3

_NOBODY, _EVERYBODY = UUID(int=0), UUID(int=2**128 - 1)
_UP_TO_SQL = """
SELECT merchant_id FROM shipments_carrieraccount WHERE merchant_id > %s ORDER BY merchant_id OFFSET %s LIMIT 1
"""


class Rotation:
    """Where this process's next look goes on."""

    def __init__(self) -> None:
        self._after = _NOBODY

    def parts(self, legs: int) -> Iterator[tuple[UUID, UUID]]:
        """For a look for so many legs: (after, up to and with) merchants, part by part; once around at most."""
        began, accounts = self._after, max(FIRST_PART, legs // LEGS_PER_ACCOUNT)
        for _ in range(MOST_PARTS):
            after = self._after
            upto = min(_up_to(after, accounts), began if after < began else _EVERYBODY)
            self._after = _NOBODY if upto == _EVERYBODY else upto
            yield after, upto
            if self._after == began:
                return
            accounts *= GROWTH


def _up_to(after: UUID, accounts: int) -> UUID:
    """The merchant with whom so many accounts are complete."""
    with connection.cursor() as cursor:
        cursor.execute(_UP_TO_SQL, [after, accounts - 1])
        found = cursor.fetchone()
    return found[0] if found else _EVERYBODY


rotation = Rotation()
