"""Figures: a line for people, a line of JSON for programs, each with the machine's scores of that moment."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.calibration import Scores, machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One result. `ratio` compares it with `versus`, another case of the same run; details are further numbers."""

    case: str
    value: float
    unit: str
    versus: str = ""
    ratio: float | None = None
    details: dict[str, float | str] = field(default_factory=dict)

    def against(self, other: Figure) -> float:
        """How many times the other's value this one is."""
        return self.value / other.value if other.value else 0.0


class Report:
    """Collects the figures of one benchmark."""

    def __init__(self, benchmark: str, scores: Callable[[], Scores], json_file: Path | None = None) -> None:
        self.benchmark = benchmark
        self._scores = scores
        self._json = json_file
        facts = ", ".join(f"{name} {value}" for name, value in machine().items())
        print(f"\n{benchmark} · {datetime.now(UTC):%Y-%m-%d %H:%M} UTC · {facts}", flush=True)

    def add(
        self,
        case: str,
        value: float,
        unit: str,
        *,
        versus: Figure | None = None,
        ratio: float | None = None,
        **details: float | str,
    ) -> Figure:
        """Prints and keeps a figure. `ratio` where it is not the plain quotient with `versus`."""
        figure = Figure(
            case=case,
            value=value,
            unit=unit,
            versus=versus.case if versus else "",
            ratio=ratio if ratio is not None or versus is None else (value / versus.value if versus.value else 0.0),
            details=details,
        )
        scores = self._scores()
        self._print(figure, scores)
        self._write(figure, scores)
        return figure

    def _print(self, figure: Figure, scores: Scores) -> None:
        ratio = "" if figure.ratio is None else f" = {figure.ratio:.3g} x {figure.versus or 'goal'}"
        print(f"  {figure.case:<46} {_number(figure.value):>9} {figure.unit}{ratio}")
        if figure.details:
            told = (f"{name} {_number(value)}" for name, value in figure.details.items())
            print(f"      {' · '.join(told)}".replace("_", " "))
        print(f"      [{scores}]", flush=True)

    def _write(self, figure: Figure, scores: Scores) -> None:
        if self._json is None:
            return
        row = {
            "benchmark": self.benchmark,
            "case": figure.case,
            "value": round(figure.value, 4),
            "unit": figure.unit,
            "versus": figure.versus,
            "ratio": None if figure.ratio is None else round(figure.ratio, 4),
            **{name: value if isinstance(value, str) else round(value, 4) for name, value in figure.details.items()},
            "scores": scores.as_dict(),
            "machine": machine(),
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        with self._json.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that every benchmark has."""
    parser.add_argument("--tiny", action="store_true", help="a few rows only: shows that it runs, measures nothing")
    parser.add_argument("--json", type=Path, metavar="FILE", help="append every figure to FILE, a JSON object a line")


def options(description: str | None, count: int = 0, of: str = "parcels") -> argparse.Namespace:
    """The command line of a single benchmark: `tiny`, `json`, and `count` (`of` what) where it has a default."""
    parser = argparse.ArgumentParser(description=description)
    add_options(parser)
    if count:
        parser.add_argument("--count", type=int, default=count, help=f"how many {of} (default: %(default)s)")
    return parser.parse_args()


def _number(value: float | str) -> str:
    if isinstance(value, str):
        return value
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
