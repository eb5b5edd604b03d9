"""A merchant's one brand colour -> the brand tokens of both themes, readable whatever the colour is.

Worked out in OKLCH (hue, chroma and lightness as seen): the hue stays, the chroma is capped, the lightness moves until
the contrast holds. The tokens go out as a small CSS file of their own, named by a digest of its text, so that it can be
cached for ever and no page needs an inline style. Conversion: https://bottosson.github.io/posts/oklab/ (read
2026-11-23); contrast: WCAG 2.2, "relative luminance".
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import lru_cache

MIN_TEXT, MIN_LINE = 4.5, 3.0
_MOST_CHROMA = 0.16
_NEAR_GREY = 0.03
_DEFAULT = "#0E6470"
_HEX = re.compile(r"#[0-9A-Fa-f]{6}\Z")

# The grounds a brand colour stands on, and the hues (degrees) of "act" and "problem": static/css/base.css.
LIGHT_SURFACE, DARK_SURFACE = "#FFFFFF", "#17181B"
_LIGHT_INK, _DARK_INK = "#17181C", "#F3F2EF"
_STATE_HUES = (61.0, 30.0)
_TOO_NEAR_DEG = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """The tokens of one theme, each "#RRGGBB". `live` is the line, its nodes and what stands on it."""

    brand: str
    brand_ink: str
    on_brand: str
    brand_tint: str
    brand_line: str
    live: str
    on_live: str
    live_tint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tokens:
    brand: str
    ink: str
    on_brand: str
    tint: str
    line: str


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio of two colours, 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def light(color: str) -> Brand:
    """Tokens on white: `on_brand` is white, or a dark ink where a light brand keeps its lightness."""
    lightness, chroma, hue = _oklch(color)
    chroma = min(chroma, _MOST_CHROMA)
    tint, line = _hex(0.955, min(chroma, 0.014), hue), _hex(0.85, min(chroma, 0.045), hue)
    if lightness <= 0.72:
        brand = _until(lightness, -0.01, chroma, hue, lambda found: contrast(found, "#FFFFFF") >= MIN_TEXT)
        on_brand = "#FFFFFF"
    else:
        # A light brand stays light on buttons; only as a line it must be seen on white.
        brand = _until(lightness, -0.01, chroma, hue, lambda found: contrast(found, LIGHT_SURFACE) >= MIN_LINE)
        on_brand = _until(0.3, -0.01, min(chroma, 0.05), hue, lambda found: contrast(found, brand) >= MIN_TEXT)
    ink = _until(
        min(_oklch(brand)[0], 0.48), -0.01, chroma, hue,
        lambda found: contrast(found, LIGHT_SURFACE) >= MIN_TEXT and contrast(found, tint) >= MIN_TEXT,
    )  # fmt: skip
    tokens = _Tokens(brand=brand, ink=ink, on_brand=on_brand, tint=tint, line=line)
    return _brand(color, tokens, neutral=(_LIGHT_INK, "#FFFFFF", "#F0EEE8"))


def dark(color: str) -> Brand:
    """Tokens on near-black: the same hue, lighter, with dark text on it."""
    lightness, chroma, hue = _oklch(color)
    chroma = min(chroma, 0.13)
    tint, line = _hex(0.255, min(chroma, 0.03), hue), _hex(0.36, min(chroma, 0.05), hue)
    start = min(max(lightness, 0.70), 0.78)
    brand = _until(start, 0.01, chroma, hue, lambda found: contrast(found, DARK_SURFACE) >= MIN_TEXT)
    on_brand = _until(0.26, -0.01, min(chroma, 0.05), hue, lambda found: contrast(found, brand) >= MIN_TEXT)
    ink = _until(
        0.79, 0.01, chroma * 0.8, hue,
        lambda found: contrast(found, DARK_SURFACE) >= MIN_TEXT and contrast(found, tint) >= MIN_TEXT,
    )  # fmt: skip
    tokens = _Tokens(brand=brand, ink=ink, on_brand=on_brand, tint=tint, line=line)
    return _brand(color, tokens, neutral=(_DARK_INK, DARK_SURFACE, "#101114"))


@lru_cache(maxsize=512)
def css(color: str) -> str:
    """The file: one custom property a line, both themes. A text that is no colour gives the default brand."""
    color = color if _HEX.match(color) else _DEFAULT
    bright, dim = light(color), dark(color)
    lines = [
        f"--{token.name.replace('_', '-')}: light-dark({getattr(bright, token.name)}, {getattr(dim, token.name)});"
        for token in fields(Brand)
    ]
    return ":root {\n  " + "\n  ".join([*lines, "--focus: var(--brand-ink);"]) + "\n}\n"


@lru_cache(maxsize=512)
def file_name(color: str) -> str:
    """`<rrggbb>.<digest>.css`: changes with the colour and with the way we correct it."""
    color = color if _HEX.match(color) else _DEFAULT
    return f"{color[1:].lower()}.{hashlib.sha256(css(color).encode()).hexdigest()[:10]}.css"


def _brand(color: str, tokens: _Tokens, *, neutral: tuple[str, str, str]) -> Brand:
    """A brand that looks like a warning, or like nothing, leaves the line to `neutral` and keeps logo and button."""
    _, chroma, hue = _oklch(color)
    is_warning = any(min(abs(hue - state), 360 - abs(hue - state)) <= _TOO_NEAR_DEG for state in _STATE_HUES)
    own = (tokens.brand, tokens.on_brand, tokens.tint)
    live, on_live, live_tint = own if chroma >= _NEAR_GREY and not is_warning else neutral
    return Brand(
        brand=tokens.brand,
        brand_ink=tokens.ink,
        on_brand=tokens.on_brand,
        brand_tint=tokens.tint,
        brand_line=tokens.line,
        live=live,
        on_live=on_live,
        live_tint=live_tint,
    )


def _until(lightness: float, step: float, chroma: float, hue: float, holds: Callable[[str], bool]) -> str:
    """The first colour, from `lightness` on in steps, for which `holds`; black or white at the end of the way."""
    while 0.0 <= lightness <= 1.0:
        found = _hex(lightness, chroma, hue)
        if holds(found):
            return found
        lightness += step
    return "#000000" if step < 0 else "#FFFFFF"


def _channels(color: str) -> tuple[float, float, float]:
    """Linear light, 0 to 1."""
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return _linear(red), _linear(green), _linear(blue)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else math.pow((value + 0.055) / 1.055, 2.4)


def _encoded(value: float) -> float:
    return value * 12.92 if value <= 0.0031308 else 1.055 * math.pow(value, 1 / 2.4) - 0.055


def _luminance(color: str) -> float:
    red, green, blue = _channels(color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _oklch(color: str) -> tuple[float, float, float]:
    """Lightness 0 to 1, chroma, hue in degrees."""
    red, green, blue = _channels(color)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360


def _hex(lightness: float, chroma: float, hue: float) -> str:
    """The nearest colour that a screen can show: chroma gives way, hue and lightness stay."""
    for _ in range(24):
        channels = _rgb(lightness, chroma, hue)
        if all(-0.0005 <= channel <= 1.0005 for channel in channels):
            break
        chroma *= 0.88
    shown = (round(255 * _encoded(min(max(channel, 0.0), 1.0))) for channel in channels)
    return "#{:02X}{:02X}{:02X}".format(*shown)


def _rgb(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
