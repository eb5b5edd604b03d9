"""A million mutated recorded answers, pushes and messages: no crash, and no event that the carrier did not tell.

Every recorded body of tests/payloads is mutated equally often; mutant 17 of a body is the same in every run. What
counts as invented is said in tests/carriers/invention.py. A mutant is read in every way the platform has (alone, in a
batch, as a second answer), so a carrier has more readings than mutants. The slowest is the CPU time of one reading."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from benchmarks.calibration import scores
from benchmarks.report import Report, options
from benchmarks.stage import Wrong
from tests.carriers.mutation import Subject, subjects
from tests.carriers.trial import trial

CHUNK = 250  # mutants a worker makes before it tells of them
MOST_EXAMPLES = 3  # of the faults of a chunk


@dataclass(slots=True)
class Tally:
    """What the mutants of a carrier's bodies came to."""

    mutants: int = 0
    results: int = 0
    events: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    invented: int = 0
    crashes: int = 0
    slowest_ms: float = 0.0
    examples: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Counts what another tally has counted."""
        for name in ("mutants", "results", "events", "invented", "crashes"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.errors += other.errors
        self.slowest_ms = max(self.slowest_ms, other.slowest_ms)
        self.examples += other.examples

    def figures(self) -> dict[str, float]:
        """For a line of the report."""
        told = {"results": self.results, "events": self.events, **dict(sorted(self.errors.items()))}
        return {**told, "invented": self.invented, "crashes": self.crashes, "slowest_ms": self.slowest_ms}


def main() -> None:
    """Makes and reads the mutants on all cores. Raises Wrong where one of them crashed or invented something."""
    given = options(__doc__, count=1_000_000, of="mutants")
    each = 2 if given.tiny else max(1, round(given.count / len(bodies())))
    report = Report("mutants", scores, given.json)
    plain = report.add("recorded as they are, one process", recorded_per_second(), "bodies/s", bodies=len(bodies()))
    begin = time.perf_counter()
    tallies = run(each)
    seconds = time.perf_counter() - begin
    whole = Tally()
    for slug, tally in sorted(tallies.items()):
        report.add(slug, tally.mutants, "mutants", versus=None, ratio=None, **tally.figures())
        whole.add(tally)
    figures = {"mutants": whole.mutants, **whole.figures()}
    report.add("all", whole.mutants / seconds, "mutants/s", versus=plain, ratio=None, **figures)
    if whole.examples:
        raise Wrong("\n".join([f"{whole.invented} inventions, {whole.crashes} crashes:", *whole.examples[:50]]))


@cache
def bodies() -> tuple[Subject, ...]:
    """Every recorded body."""
    return tuple(subjects())


def recorded_per_second() -> float:
    """Recorded bodies mutated by nothing, read and checked. The first round loads sheets and places."""
    for _ in range(2):
        begin = time.perf_counter()
        for subject in bodies():
            trial(subject, subject.body)
    return len(bodies()) / (time.perf_counter() - begin)


def run(each: int) -> dict[str, Tally]:
    """`each` mutants of every body, by carrier (a push is its carrier's, a message its format's)."""
    tallies: dict[str, Tally] = {}
    work, done, told = list(chunks(each)), 0, 0
    # Forked, so that the sheets and places that are read already are not read again.
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        for slug, tally in pool.imap_unordered(read_chunk, work):
            tallies.setdefault(slug, Tally()).add(tally)
            for example in tally.examples:
                print(f"  {example}", flush=True)
            done += tally.mutants
            if done * 20 // (each * len(bodies())) > told:
                told = done * 20 // (each * len(bodies()))
                faults = sum(tally.invented + tally.crashes for tally in tallies.values())
                print(f"  {done:,} mutants, {faults} faults", flush=True)
    return tallies


def chunks(each: int) -> Iterator[tuple[int, int, int]]:
    """Body, first and last mutant of every piece of work."""
    for start in range(0, each, CHUNK):
        for place in range(len(bodies())):
            yield place, start, min(start + CHUNK, each)


def read_chunk(work: tuple[int, int, int]) -> tuple[str, Tally]:
    """The carrier, and what a body's mutants from one place to another came to."""
    subject, tally = bodies()[work[0]], Tally()
    for place in range(*work[1:]):
        verdict = trial(subject, subject.mutant(place))
        tally.mutants += 1
        tally.results += verdict.results
        tally.events += verdict.events
        tally.errors.update(verdict.errors)
        tally.invented += len(verdict.invented)
        tally.crashes += len(verdict.crashes)
        tally.slowest_ms = max(tally.slowest_ms, verdict.slowest_ms)
        if verdict.faults and len(tally.examples) < MOST_EXAMPLES:
            tally.examples.append(f"{subject} mutant {place}: {verdict.faults[0]}")
    return str(subject.slug), tally


if __name__ == "__main__":
    main()
