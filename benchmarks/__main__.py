"""`python -m benchmarks [NAME...]`: runs the benchmarks one after the other, each in a process of its own."""

from __future__ import annotations

import argparse
import subprocess
import sys

from benchmarks.report import add_options

USUAL = ("detection", "record", "pages", "polls", "claims")
NAMES = (*USUAL, "mutants", "big_table", "freshness", "orders", "chaos")  # long ones: run where they are named


def main() -> int:
    """The number of benchmarks that failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    which = f"which: {', '.join(NAMES)} (default: {', '.join(USUAL)})"
    parser.add_argument("names", nargs="*", metavar="NAME", help=which)
    add_options(parser)
    options = parser.parse_args()
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    more = ["--tiny"] if options.tiny else []
    more += ["--json", str(options.json)] if options.json else []
    failed = 0
    for name in options.names or USUAL:
        command = [sys.executable, "-m", f"benchmarks.{name}", *more]
        failed += subprocess.run(command, check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
