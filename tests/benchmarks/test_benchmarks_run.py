"""The benchmarks run to their end, with a few rows each: their own checks hold, and every figure is told. Nothing is
timed here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import NAMES

ROOT = Path(__file__).resolve().parents[2]


# What they measure has no counterpart.
ALONE = {"orders"}
# Runs another test, at length.
TEST_BY_ITSELF = {"chaos"}


@pytest.mark.parametrize("name", [name for name in NAMES if name not in TEST_BY_ITSELF])
def test_a_benchmark_runs_and_tells_its_figures(name: str, tmp_path: Path) -> None:
    told = tmp_path / "figures.jsonl"
    command = [sys.executable, "-m", "benchmarks", name, "--tiny", "--json", str(told)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [json.loads(line) for line in told.read_text().splitlines()]
    assert len(rows) >= (1 if name in ALONE else 3)
    assert all(row["benchmark"] == name and row["value"] > 0 and row["scores"]["spin"] > 0 for row in rows)
    assert name in ALONE or any(row["ratio"] is not None for row in rows)
