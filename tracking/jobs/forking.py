"""What a worker shares with the processes that it forks: the tables that every one of them would load, and all that is
loaded kept out of the garbage collector's way.

Measured while polling: going through the loaded code again and again took a worker 15 to 20 % of its time, and touched
every page that it shared with its parent.
"""

from __future__ import annotations

import gc

from carriers import places, registry

# New objects before the collector looks: what a batch of answers leaves behind is freed by counting, without it.
COLLECT_EVERY = 10_000


def share(**_: object) -> None:
    """Loads and freezes; called in the parent, before each fork."""
    registry.slug_of("")
    for slug in registry.ADAPTERS:
        registry.adapter(slug)
    places.resolve("Berlin", "DE")
    places.resolve("nowhere by any name", "DE")  # looked for in the table of other names, too
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, 20, 50)
