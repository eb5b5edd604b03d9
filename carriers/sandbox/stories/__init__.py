"""Every story, by name: each module's `STORIES`."""

from __future__ import annotations

import importlib
from pathlib import Path

from carriers.sandbox.story import Story

_MODULES = [
    importlib.import_module(f"{__name__}.{path.stem}") for path in sorted(Path(__file__).parent.glob("[!_]*.py"))
]
STORIES: dict[str, Story] = {story.name: story for module in _MODULES for story in getattr(module, "STORIES", ())}
