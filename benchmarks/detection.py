"""Numbers per second whose carrier is looked for: the examples of all fact sheets, and strings made to hurt.

A call's time is CPU time of its thread: what the scheduler does in between is no concern of the detection. The
comparison tries every format of every sheet in turn, without the index and without the S10 rule."""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Callable, Sequence

from benchmarks.calibration import scores
from benchmarks.report import Report, options
from benchmarks.stage import Wrong
from carriers import registry
from carriers.check_digits import CHECKS
from carriers.numbers import detect, normalise

LIMIT_MS, MEDIAN_LIMIT_MS = 1.0, 0.1


def main() -> None:
    """Measures examples, hostile strings and the comparison."""
    given = options(__doc__)
    rounds = 1 if given.tiny else 20
    report = Report("detection", scores, given.json)
    examples, strings = example_numbers(), hostile_strings()
    for text in examples:
        detect(text)  # sheets are read once
    plain = report.add("every format in turn, examples", per_second(try_all, examples, rounds), "numbers/s")
    rate = per_second(detect, examples, rounds)
    usual = times(examples, rounds)
    report.add("detect, examples", rate, "numbers/s", versus=plain, examples=len(examples), **usual)
    if usual["p50_ms"] > MEDIAN_LIMIT_MS:
        raise Wrong(f"half of the examples take {usual['p50_ms']:.3f} ms and more; {MEDIAN_LIMIT_MS} are allowed")
    rate = per_second(detect, strings, rounds)
    told = times(strings, rounds)
    report.add("detect, hostile strings", rate, "numbers/s", versus=plain, strings=len(strings), **told)
    if told["worst_ms"] > LIMIT_MS:
        raise Wrong(f"a string takes {told['worst_ms']:.2f} ms; {LIMIT_MS} are allowed")


def example_numbers() -> list[str]:
    """Every valid and invalid example of every fact sheet."""
    sheets = registry.sheets().values()
    return sorted({text for sheet in sheets for fact in sheet.numbers for text in (*fact.valid, *fact.invalid)})


def hostile_strings() -> list[str]:
    """Long ones, near misses, other scripts, links within links: the same ones in every run."""
    rng = random.Random(7)
    long = [symbol * count for symbol in "0A1Z -/%." for count in (40, 41, 500, 100_000)]
    alphabets = (
        "0123456789",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
        "A1",
        "０１２３４５６７８９",
        "٠١٢٣٤٥٦٧٨٩",
        "\u0301\u200b\u202e1A",
    )
    noise = ["".join(rng.choices(alphabet, k=size)) for alphabet in alphabets for size in range(1, 60, 3)]
    near = [text[:-1] + rng.choice("0A\u0660\n") for text in example_numbers()]
    doubled = [f"{text}{text}"[:40] for text in example_numbers()]
    links = [
        "https://www.17track.net/en#nums=" + ",".join(example_numbers())[:5_000],
        "https://www.ups.com/track?" + "&".join(f"tracknum={number}" for number in range(1_000)),
        "https://t.17track.net/" + "/".join(["%2F%25"] * 1_000),
        "https://" + "a." * 2_000 + "com/RR123456785CN",
        "http://[::1]/" + "?" * 3_000,
        "https://parcelsapp.com/en/tracking/" + "RR123456785CN/" * 200,
    ]
    return [*long, *noise, *near, *doubled, *links, "", "\0" * 40, "\ud800" * 30]


def try_all(text: str) -> list[str]:
    """The carriers whose format fits, by trying each one."""
    number = normalise(text)
    return [
        sheet.slug
        for sheet in registry.sheets().values()
        for fact in sheet.numbers
        if fact.pattern.match(number) and (fact.check is None or CHECKS[fact.check](number))
    ]


def per_second(find: Callable[[str], object], texts: Sequence[str], rounds: int) -> float:
    """Texts per second of wall time, all of them `rounds` times."""
    begin = time.perf_counter()
    for _ in range(rounds):
        for text in texts:
            find(text)
    return rounds * len(texts) / (time.perf_counter() - begin)


def times(texts: Sequence[str], rounds: int) -> dict[str, float]:
    """Milliseconds of one call: median, 99 of 100, the slowest of all, and `worst_ms`, the slowest text by the best of
    its calls: what that text costs wherever a collection of garbage happens to fall."""
    gc.collect()
    calls: list[float] = []
    best: dict[str, float] = {}
    for _ in range(max(rounds, 3)):
        for text in texts:
            begin = time.thread_time_ns()
            detect(text)
            took = (time.thread_time_ns() - begin) / 1e6
            calls.append(took)
            best[text] = min(took, best.get(text, took))
    calls.sort()
    return {
        "p50_ms": statistics.median(calls),
        "p99_ms": calls[int(len(calls) * 0.99)],
        "max_ms": calls[-1],
        "worst_ms": max(best.values()),
    }


if __name__ == "__main__":
    main()
