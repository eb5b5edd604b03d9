"""The examples of docs/api.md, run as they stand: bash and curl against the site."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django_scopes import scopes_disabled

from tests.tracking.api.conftest import issue
from tracking.accounts.models import Merchant, Scope
from tracking.shipments.models import Leg, Shipment

PAGE = Path(__file__).parents[3] / "docs" / "api.md"


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("bash")), reason="the examples need bash and curl")
@pytest.mark.django_db(transaction=True)
def test_every_example_works(live_server: Any, merchant: Merchant) -> None:
    examples = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL))
    assert examples.count("\napi ") >= 10
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", examples],
        env={"PATH": os.environ["PATH"], "SITE": live_server.url, "KEY": issue(merchant, Scope.READ, Scope.WRITE)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    with scopes_disabled():
        assert set(Shipment.objects.values_list("order_number", flat=True)) == {"A-1001", "A-1002"}
        assert Shipment.objects.count() == 2
        shipment = Shipment.objects.get(order_number="A-1001")
        standing = Leg.objects.of_shipments([shipment.pk]).values_list("carrier", flat=True)
        assert list(standing)[:2] == ["china_post", "sf_express"]
        assert shipment.status == "in_transit"
