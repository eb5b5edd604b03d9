"""Writes .env.example and the table of settings in docs/operations.md from tracking/env.py; a test holds them to it."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tracking.env import Variable, variables  # noqa: E402

BEGIN, END = "<!-- settings: written by scripts/write_settings_docs.py -->", "<!-- end of settings -->"
# What a site of one's own sets first; the rest is commented out.
FIRST = ("SITE_URL", "SECRET_KEY", "CREDENTIAL_KEYS", "DATABASE_URL", "REDIS_URL")
_HEADER = """# Settings of a site of your own: copy this to .env and fill in the first five.
# `make key` prints values for SECRET_KEY and CREDENTIAL_KEYS. Everything is explained in docs/operations.md.
"""


def table() -> str:
    """The settings as a Markdown table."""
    lines = ["| Variable | Default | Meaning |", "|---|---|---|"]
    for name, variable in variables().items():
        required = "**required in production**" if variable.required_in_production else ""
        default = _default(variable) or required or "unset"
        lines.append(f"| `{name}` | {default} | {variable.meaning.replace('|', chr(92) + '|')} |")
    return "\n".join(lines)


def example() -> str:
    """.env.example."""
    parts = [_HEADER]
    for name in (*FIRST, *(name for name in variables() if name not in FIRST)):
        variable = variables()[name]
        mark = "" if name in FIRST else "#"
        shown = "" if name in FIRST else variable.default
        parts.append(f"# {variable.meaning.replace('`', '')}\n{mark}{name}={shown}\n")
    parts.append(
        "# Only for docker-compose.yml, which makes both URLs from it. Letters and digits.\n#POSTGRES_PASSWORD=\n"
    )
    return "\n".join(parts)


def _default(variable: Variable) -> str:
    if variable.default_shown:
        return f"{variable.default_shown}{'; **required in production**' if variable.required_in_production else ''}"
    return f"`{variable.default}`" if variable.default else ""


def main() -> None:
    """Writes both files."""
    path = ROOT / "docs" / "operations.md"
    before, rest = path.read_text().split(BEGIN)
    path.write_text(f"{before}{BEGIN}\n{table()}\n{END}{rest.split(END)[1]}")
    (ROOT / ".env.example").write_text(example())


if __name__ == "__main__":
    main()
