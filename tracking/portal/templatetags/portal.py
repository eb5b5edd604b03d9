"""Template tags that every page uses: an icon of the sprite, a tag of a state."""

from __future__ import annotations

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

# Icons that point along the text are mirrored in right-to-left pages; clocks, checks and vehicles are not.
_MIRRORED = frozenset({"arrow", "back", "right", "hand", "ext", "out"})


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """`<svg>` of static/icons.svg, hidden from screen readers. `size`: "" (20 px), "s" (16) or "xs" (14)."""
    classes = " ".join(part for part in ("ic", size, "flip" if name in _MIRRORED else "") if part)
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', classes, static("icons.svg"), name
    )
