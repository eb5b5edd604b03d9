"""200,000 tellings: parcels' stories told in any order, in parts, twice, late, by poll and by push, through the
recorder's own code in memory. Each parcel must end where it is when all is told at once in the true order, and nothing
may be told to others twice or untruly.

What is drawn and what is checked: tests/tracking/shipments/orders.py and order_model.py. The seeds are fixed."""

from __future__ import annotations

import multiprocessing
import os
import time
from dataclasses import dataclass

from benchmarks.calibration import scores
from benchmarks.report import Report, options

STORIES_PER_SEED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one seed's stories came to; a story that ends wrongly raises."""

    stories: int
    steps: int
    changes: int  # of status, as others were told


def main() -> None:
    """Draws and tells on all cores, until so many steps are done."""
    given = options(__doc__, count=200_000, of="steps")
    count = 500 if given.tiny else given.count
    report = Report("orders", scores, given.json)
    begin, seeds, stories, steps, changes = time.perf_counter(), 0, 0, 0, 0
    with multiprocessing.get_context("spawn").Pool() as pool:
        for told in pool.imap(stories_of, range(10**6)):
            seeds, stories, steps, changes = (
                seeds + 1, stories + told.stories, steps + told.steps, changes + told.changes,
            )  # fmt: skip
            if steps >= count:
                break
    wall_s = time.perf_counter() - begin
    report.add(
        "stories told in any order", steps / wall_s, "steps/s",
        steps=steps, stories=stories, seeds=seeds, changes_of_status=changes, ended_otherwise=0, told_twice=0,
    )  # fmt: skip


def stories_of(seed: int) -> Told:
    """Tells the stories of one seed. Raises AssertionError with the smallest story that ends wrongly."""
    _set_up()
    import hypothesis
    from hypothesis import HealthCheck, Phase
    from hypothesis import strategies as st

    from tests.tracking.shipments.order_model import check_any_order
    from tests.tracking.shipments.orders import PARTS, STORIES, Part, Story

    stories = steps = changes = 0

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=STORIES_PER_SEED,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(STORIES, PARTS, st.permutations(range(3)))
    def tell(story: Story, parts: list[Part], last: list[int]) -> None:
        nonlocal stories, steps, changes
        told = check_any_order(story, parts, last)
        stories, steps, changes = stories + 1, steps + told.steps, changes + told.changes

    tell()
    return Told(stories=stories, steps=steps, changes=changes)


def _set_up() -> None:
    """Django without a server: the models are used, the database is not."""
    import django
    from django.apps import apps

    if not apps.ready:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracking.settings")
        os.environ.setdefault("DEBUG", "1")
        django.setup()


if __name__ == "__main__":
    main()
