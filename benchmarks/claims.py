"""What a look for due legs costs, at ten thousand and at a million active legs of 2,000 accounts: one after the other,
each given back as if its legs had been asked. Cost per claim must not grow with the number of legs."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.report import Figure, Report, options
from benchmarks.stage import Wrong, scores_of, stage

ACCOUNTS = 2_000
CARRIERS = ("yunexpress", "fedex", "yanwen", "dhl_unified", "track17")
LEGS_PER_LOOK = (100, 600)  # a worker's that claims for itself; tracking.shipments.polling.claims.LEGS_PER_TASK
LOOKS = 100
OVERDUE_H = 6  # of the twenty hours over which legs are due: a quarter
GOAL_MS = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """Milliseconds of each look, and the legs that all of them claimed."""

    times_ms: list[float]
    claimed: int

    @property
    def p50(self) -> float:
        return statistics.median(self.times_ms)

    @property
    def p99(self) -> float:
        return sorted(self.times_ms)[max(0, int(len(self.times_ms) * 0.99) - 1)]


def main() -> None:
    """Measures the small table, then the large one."""
    given = options(__doc__, count=1_000_000)
    sizes = (200, 600) if given.tiny else (10_000, given.count)
    accounts, looks = (20, 5) if given.tiny else (ACCOUNTS, LOOKS)
    with stage(limit_s=1200) as stack:
        report = Report("claims", scores_of(stack), given.json)
        fill_accounts(accounts)
        small: dict[int, Figure] = {}
        have = 0
        for size in sizes:
            add_legs(have, size)
            have = size
            _execute("VACUUM ANALYZE shipments_leg")
            idle = look(looks, ahead_h=0, most=LEGS_PER_LOOK[0])
            report.add(f"{size:,} legs, nothing due", idle.p50, "ms", p99_ms=idle.p99, looks=len(idle.times_ms))
            for legs in LEGS_PER_LOOK:
                busy = look(looks, ahead_h=OVERDUE_H, most=legs)
                if not busy.claimed:
                    raise Wrong("nothing was claimed")
                before = small.get(legs)
                small[legs] = report.add(
                    f"{size:,} legs, a quarter overdue, {legs} a look", busy.p50, "ms", versus=before, p99_ms=busy.p99,
                    claims_per_s=busy.claimed / sum(busy.times_ms) * 1000,
                    legs_per_look=busy.claimed / len(busy.times_ms), ms_per_leg=sum(busy.times_ms) / busy.claimed,
                )  # fmt: skip
                if legs == LEGS_PER_LOOK[0] and not given.tiny and busy.p99 > GOAL_MS:
                    print(f"  the goal is {GOAL_MS:.0f} ms at p99")


def look(looks: int, *, ahead_h: int, most: int) -> Looks:
    """So many looks of up to `most` legs by a clock that is so many hours ahead; between them, unmeasured, what was
    claimed is given back as overdue as it was."""
    from tracking.shipments.polling.claims import claim_due

    os.environ["DEMO_CLOCK"] = f"0:{ahead_h * 3600}:1"
    times, claimed = [], 0
    for _ in range(looks):
        began = time.perf_counter()
        found = claim_due(most)
        times.append((time.perf_counter() - began) * 1000)
        ids = [str(claim.leg_id) for claims in found.values() for claim in claims]
        claimed += len(ids)
        _execute(
            "UPDATE shipments_leg SET next_poll_at = now() + interval '1 hour' + random() * interval '5 hours',"
            " lease_until = NULL, poll_token = NULL WHERE id = ANY(%s::uuid[])",
            [ids],
        )
    return Looks(times_ms=times, claimed=claimed)


def fill_accounts(count: int) -> None:
    """So many accounts of 400 merchants, and one shipment and leg to copy."""
    from django_scopes import scopes_disabled

    from benchmarks.parcels import register
    from tracking.accounts.models import Merchant
    from tracking.shipments.models import CarrierAccount

    merchants = [
        Merchant(slug=f"shop-{index}", name=f"Shop {index}") for index in range(max(1, count // len(CARRIERS)))
    ]
    with scopes_disabled():
        Merchant.objects.bulk_create(merchants)
        CarrierAccount.objects.bulk_create(
            CarrierAccount(merchant=merchants[index // len(CARRIERS)], carrier=CARRIERS[index % len(CARRIERS)])
            for index in range(count)
        )
    register("yunexpress", ["TEMPLATE"])
    _drop_foreign_keys()
    _execute("UPDATE shipments_leg SET next_poll_at = NULL")


def _drop_foreign_keys() -> None:
    """A million legs of one shipment are made in a minute without a look at it for each."""
    from django.db import connection

    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "shipments_leg")
    for name, facts in constraints.items():
        if facts["foreign_key"]:
            _execute(f'ALTER TABLE shipments_leg DROP CONSTRAINT "{name}"')


def add_legs(first: int, count: int) -> None:
    """Legs `first` to `count`, spread over the accounts; a tenth of them with the first account."""
    own = {
        "id": "uuidv7()",
        "merchant_id": "account.merchants[of.place]",
        "account_id": "account.ids[of.place]",
        "number": "'N' || n",
        "next_poll_at": "now() + interval '1 hour' + random() * interval '20 hours'",
        "opened_at": "now() - interval '5 days'",
        "last_checked_at": "now() - interval '3 hours'",
    }
    from django.db import connection

    with connection.cursor() as cursor:
        names = [column.name for column in connection.introspection.get_table_description(cursor, "shipments_leg")]
    values = ", ".join(own.get(name, f'template."{name}"') for name in names)
    columns = ", ".join(f'"{name}"' for name in names)
    _execute(
        f"""WITH account AS MATERIALIZED (
                SELECT array_agg(id ORDER BY id) AS ids, array_agg(merchant_id ORDER BY id) AS merchants,
                       count(*) AS size
                  FROM shipments_carrieraccount)
            INSERT INTO shipments_leg ({columns})
            SELECT {values}
              FROM generate_series(%s, %s) AS n
             CROSS JOIN account
             CROSS JOIN LATERAL (SELECT CASE WHEN n %% 10 = 0 THEN 1 ELSE 1 + n %% account.size END) AS of (place)
             CROSS JOIN (SELECT * FROM shipments_leg WHERE number = 'TEMPLATE') AS template""",  # noqa: S608  its own names
        [first + 1, count],
    )


def _execute(sql: str, values: Sequence[object] = ()) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(sql, values)


if __name__ == "__main__":
    main()
