"""In whatever order the news come, late, in parts and twice, the parcel ends where it is, and each change is told once.

The long run is benchmarks.orders.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tracking.shipments.order_model import check_any_order
from tests.tracking.shipments.orders import PARTS, STORIES, Part, Story


@settings(max_examples=60, deadline=None)
@given(STORIES, PARTS, st.permutations(range(3)))
def test_any_order_of_telling_ends_in_the_same_status_and_the_same_news(
    story: Story, parts: list[Part], last: list[int]
) -> None:
    check_any_order(story, parts, last)
