"""CPU time and memory of running processes, from /proc (Linux)."""

from __future__ import annotations

import os
import re
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


def family(pid: int) -> list[int]:
    """The process and all its living descendants."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (fields := _stat(int(entry.name))):
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [pid]
    for each in found:
        found += parents.get(each, [])
    return found


def cpu_s(pid: int) -> float:
    """CPU seconds, user and system, of the process, its living descendants, and the dead ones it has waited for."""
    ticks = 0
    for each in family(pid):
        if fields := _stat(each):
            ticks += sum(int(fields[at]) for at in (11, 12, 13, 14))
    return ticks / _TICKS


def pss_mb(pid: int) -> float:
    """Memory in MB, shared pages counted by halves among those who share them. 0 where it may not be read."""
    try:
        found = _PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_text())
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def workers_pss_mb(pid: int) -> tuple[float, int]:
    """Mean memory in MB of the leaves of a process tree (the workers below a master), and how many they are."""
    everyone = family(pid)
    leaves = [each for each in everyone if len(family(each)) == 1]
    return sum(map(pss_mb, leaves)) / len(leaves), len(leaves)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat from the third on: state, parent, ..."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return []
    return text.rpartition(")")[2].split()
