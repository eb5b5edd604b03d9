"""Every story, by name."""

from __future__ import annotations

from carriers.sandbox.stories import held, smooth, troubled
from carriers.sandbox.story import Story

STORIES: dict[str, Story] = {story.name: story for story in (*smooth.STORIES, *held.STORIES, *troubled.STORIES)}
