"""Kills everything, again and again, while carriers push, a merchant writes and every parcel is polled; then counts
what was lost and what was told twice. It is tests/e2e/test_kills.py at length: half an hour for 50 of each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.calibration import scores
from benchmarks.report import Report, options
from tracking.env import BASE_DIR


def main() -> None:
    """Runs the test and reports its figures; fails where it fails."""
    given = options(__doc__, count=50, of="kills of each process")
    count = 1 if given.tiny else given.count
    more = {"FAULT_ROUNDS": str(count), "FAULT_EVENTS": str(200 * count), "FAULT_AWAY_S": str(12 * count)}
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "figures.json"
        test = [sys.executable, "-m", "pytest", "-s", "tests/e2e/test_kills.py"]
        environment = {**more, **os.environ, "FAULT_FIGURES": str(figures)}  # a FAULT_ that is set stays so
        environment.pop("DJANGO_SETTINGS_MODULE", None)  # the tests name it themselves
        subprocess.run(test, cwd=BASE_DIR, env=environment, check=True)
        told = json.loads(figures.read_text())
    faults = told.pop("faults")
    Report("chaos", scores, given.json).add("everything killed", faults, "faults", **told)


if __name__ == "__main__":
    main()
