"""The receivers of docs/webhooks.md verify what we send, and refuse what we did not."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tracking.notify import signing
from tracking.rules.retries import SCHEDULE_S

PAGE = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text(encoding="utf-8")
BODY = '{"type":"shipment.delivered","data":{"title":"灯"}}'.encode()


def sample(language: str) -> str:
    [found] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def cases() -> list[tuple[str, dict[str, str], str, bool]]:
    """Secret, headers, body as latin-1, whether it is ours."""
    new, old, now = signing.new_secret(), signing.new_secret(), int(time.time())
    headers = signing.headers([new, old], "0199-1", now, BODY)
    body = BODY.decode("latin-1")
    late = signing.headers([new], "0199-1", now - 600, BODY)
    return [
        (new, headers, body, True),
        (old, headers, body, True),
        (signing.new_secret(), headers, body, False),
        (new, headers, body + " ", False),
        (new, headers | {"webhook-id": "0199-2"}, body, False),
        (new, headers | {"webhook-timestamp": str(now + 1)}, body, False),
        (new, headers | {"webhook-timestamp": "x"}, body, False),
        (new, headers | {"webhook-signature": "v1,äöü v2,xyz v1"}, body, False),
        (new, late, body, False),
        (new, {}, body, False),
    ]


def test_in_python() -> None:
    names: dict[str, Any] = {}
    exec(sample("python"), names)  # noqa: S102  our own page
    for secret, headers, body, ours in cases():
        assert names["is_ours"](secret, headers, body.encode("latin-1")) is ours


@pytest.mark.skipif(not shutil.which("node"), reason="the sample needs Node")
def test_in_node() -> None:
    told = cases()
    script = sample("js") + (
        "const cases = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));"
        "console.log(JSON.stringify(cases.map(([s, h, b]) => isOurs(s, h, Buffer.from(b, 'latin1')))));"
    )
    done = subprocess.run(
        ["node", "-e", script], input=json.dumps([case[:3] for case in told]), capture_output=True, text=True,
        timeout=60, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout) == [ours for *_, ours in told]


def test_the_page_tells_the_schedule() -> None:
    units = {"s": 1, "min": 60, "h": 3600}
    row = next(line for line in PAGE.splitlines() if line.startswith("| after"))
    waits = [int(number) * units[unit] for number, unit in re.findall(r"(\d+) (s|min|h)\b", row)]
    assert (0, *waits) == SCHEDULE_S
