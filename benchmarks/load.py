"""Sends requests as fast as a server answers them: wrk where it is installed, else raw sockets of our own."""

from __future__ import annotations

import re
import resource
import selectors
import shutil
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import cycle

from benchmarks.stage import Wrong

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_WRK_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}

# A server's second process may take its first connections before it has finished starting, on a machine under load.
PATIENCE_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a server answered. `generator_cpu` is the share of one core that the asking took."""

    per_s: float
    p50_ms: float
    p99_ms: float
    generator_cpu: float


def drive(port: int, path: str, headers: Mapping[str, str], *, seconds: float, connections: int = 16) -> Load:
    """One address, again and again over kept connections. Raises Wrong if an answer is no 200."""
    wrk = shutil.which("wrk") if seconds >= 1 else None  # it counts in whole seconds
    if wrk is None:
        return ask_each(port, cycle([path]), headers, seconds=seconds, connections=connections)
    command = [wrk, "-t1", f"-c{connections}", f"-d{round(seconds)}s", "--latency"]
    command += [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
    before = _children_cpu()
    begin = time.monotonic()
    told = subprocess.run(
        [*command, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True, timeout=seconds + 30
    ).stdout
    took = time.monotonic() - begin
    if "Non-2xx" in told or "Socket errors" in told:
        raise Wrong(f"{path} was not answered: {told}")
    rate = re.search(r"Requests/sec: +([\d.]+)", told)
    return Load(
        per_s=float(rate[1]) if rate else 0.0,
        p50_ms=_wrk_ms(told, "50%"),
        p99_ms=_wrk_ms(told, "99%"),
        generator_cpu=(_children_cpu() - before) / took,
    )


def ask_each(
    port: int,
    paths: Iterator[str],
    headers: Mapping[str, str],
    *,
    seconds: float = 60.0,
    connections: int = 16,
) -> Load:
    """The addresses one after the other, as many at once as there are connections, until they or the time run out."""
    run = _Run(port=port, headers=headers, paths=paths, ends=time.monotonic() + seconds)
    begin, cpu = time.monotonic(), time.process_time()
    run.go(connections)
    took = time.monotonic() - begin
    return Load(
        per_s=len(run.took_ms) / took,
        p50_ms=statistics.median(run.took_ms),
        p99_ms=sorted(run.took_ms)[int(len(run.took_ms) * 0.99)],
        generator_cpu=(time.process_time() - cpu) / took,
    )


@dataclass(slots=True)
class _Connection:
    """One kept connection and the answer that it waits for."""

    sock: socket.socket
    asked_at: float = 0.0
    received: bytes = b""


@dataclass(slots=True)
class _Run:
    port: int
    headers: Mapping[str, str]
    paths: Iterator[str]
    ends: float
    took_ms: list[float] = field(default_factory=list)
    waiting: int = 0

    def go(self, connections: int) -> None:
        lines = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        tail = f" HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{lines}\r\n".encode()
        with selectors.DefaultSelector() as selector:
            opened = [_Connection(socket.create_connection(("127.0.0.1", self.port))) for _ in range(connections)]
            try:
                for each in opened:
                    each.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    selector.register(each.sock, selectors.EVENT_READ, each)
                    self._ask(each, tail)
                while self.waiting:
                    ready = selector.select(PATIENCE_S)
                    if not ready:
                        raise Wrong(f"no answer within {PATIENCE_S} s")
                    for key, _ in ready:
                        self._hear(key.data, tail)
            finally:
                for each in opened:
                    each.sock.close()

    def _ask(self, connection: _Connection, tail: bytes) -> None:
        path = next(self.paths, None) if time.monotonic() < self.ends else None
        if path is None:
            return
        self.waiting += 1
        connection.received = b""
        connection.asked_at = time.perf_counter()
        connection.sock.sendall(b"GET " + path.encode() + tail)

    def _hear(self, connection: _Connection, tail: bytes) -> None:
        data = connection.sock.recv(262_144)
        if not data:
            raise Wrong("the server closed a connection")
        connection.received += data
        head, gap, body = connection.received.partition(b"\r\n\r\n")
        if not gap:
            return
        length = _LENGTH.search(head)
        if length is None or not head.startswith(b"HTTP/1.1 200"):
            raise Wrong(f"answered {head.splitlines()[0].decode()}, or without a length")
        if len(body) < int(length[1]):
            return
        self.took_ms.append((time.perf_counter() - connection.asked_at) * 1e3)
        self.waiting -= 1
        self._ask(connection, tail)


def _wrk_ms(told: str, share: str) -> float:
    found = re.search(rf"^ +{share} +([\d.]+)(us|ms|s)$", told, re.MULTILINE)
    return float(found[1]) * _WRK_UNITS[found[2]] if found else 0.0


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
