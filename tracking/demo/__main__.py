"""`make demo`: the platform on this machine, with parcels that move while one looks. Ctrl-C ends it."""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import shutil
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tracking.clock import DemoClock
from tracking.demo.stack import Ports, Stack
from tracking.embedded import EmbeddedError, FolderLock
from tracking.embedded.keys import kept
from tracking.env import data_folder
from tracking.logs import without_secrets

_SPEED = 600.0
_SAVE_EVERY_S = 5.0
_KEPT = ("postgres", "redis", "sandbox.json", "demo.json", "demo_password", "demo_api_key", "logs")


def main() -> None:
    """Runs until Ctrl-C or SIGTERM."""
    began = time.monotonic()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    options = _options()
    folder = data_folder()
    try:
        if options.reset:
            _forget(folder)
        _run(options, folder, began)
    except EmbeddedError as error:
        sys.exit(f"make demo: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    environ = os.environ.get
    parser.add_argument(
        "--port", type=int, default=int(environ("DEMO_PORT", "8000")), help="of the pages (%(default)s)"
    )
    parser.add_argument("--live-port", type=int, default=8001, help="of the live stream (%(default)s)")
    parser.add_argument("--sandbox-port", type=int, default=8002, help="of the carrier sandbox (%(default)s)")
    speed = float(environ("DEMO_SPEED", str(_SPEED)))
    parser.add_argument("--speed", type=float, default=speed, help="demo seconds in a real one (%(default)g)")
    parser.add_argument("--reset", action="store_true", help="begin anew: the demo's data is removed")
    parser.add_argument("--develop", action="store_true", help="DEBUG, and the web process follows the code")
    return parser.parse_args()


def _forget(folder: Path) -> None:
    lock = FolderLock(folder)
    lock.take()
    for name in _KEPT:
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    lock.free()


def _run(options: argparse.Namespace, folder: Path, began: float) -> None:
    diary = Diary(folder / "demo.json", options.speed)
    stack = Stack(
        folder=folder,
        ports=Ports(web=options.port, live=options.live_port, sandbox=options.sandbox_port),
        clock=diary.clock,
        password=kept(folder / "demo_password", lambda: secrets.token_urlsafe(9)),
        demo_start=diary.start,
        develop=options.develop,
        pushes=True,
        say=_say,
    )
    _say("starting PostgreSQL, Redis, the carrier sandbox, web, live stream, worker, ticker and dispatcher ...")
    told = stack.start(seed=True)
    try:
        if found := re.search(r"\btl_\S+", told):
            kept(folder / "demo_api_key", found.group)
            (folder / "logs" / "seed_demo.log").write_text(without_secrets(told))
        _tell(stack, diary, time.monotonic() - began)
        saved_at = 0.0
        while True:
            stack.watch()
            if time.monotonic() - saved_at > _SAVE_EVERY_S:
                diary.save(ahead_s=_SAVE_EVERY_S)
                saved_at = time.monotonic()
            time.sleep(0.25)
    except KeyboardInterrupt:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # once is enough: the end is under way
        _say("\nending ...")
    finally:
        stack.stop()
        diary.save()
    _say("ended. `make demo` continues from here, `make demo ARGS=--reset` begins anew.")


class Diary:
    """What the demo remembers from one run to the next: when its story began, and how far its clock had come."""

    def __init__(self, path: Path, speed: float) -> None:
        self._path = path
        machine_s = time.time()
        known: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        hour = datetime.fromtimestamp(machine_s - machine_s % 3600, UTC)
        self.start = datetime.fromisoformat(known["start"]) if known else hour
        self.clock = DemoClock(real_s=machine_s, demo_s=known.get("demo_s", self.start.timestamp()), speed=speed)
        if not 0 < speed <= 100_000:
            raise EmbeddedError("DEMO_SPEED: must be above 0 and at most 100000")

    def save(self, ahead_s: float = 0.0) -> None:
        """Writes the clock's time; `ahead_s` real seconds on, so that after a crash it has not gone back."""
        demo = self.clock.at(time.time() + ahead_s)
        draft = self._path.with_suffix(".new")
        draft.write_text(json.dumps({"start": self.start.isoformat(), "demo_s": demo.timestamp()}))
        draft.replace(self._path)


def _tell(stack: Stack, diary: Diary, seconds: float) -> None:
    key = stack.folder / "demo_api_key"
    a_day = 86_400 / diary.clock.speed
    _say(
        f"""
  Throughline is on {stack.site_url}   (the page answered after {seconds:.1f} s)

  Parcels   {stack.site_url}/demo      on their way while you look
  Buyer     {stack.site_url}/track
  Console   {stack.site_url}/login
            halden@throughline.example       one merchant
            ops@throughline.example          all three merchants
            password  {stack.password}
  API       {stack.site_url}/api/v1/docs{f"   key {key.read_text()}" if key.exists() else ""}
  Carriers  {stack.sandbox_url}/sandbox/journeys   (the sandbox that plays them)

  The parcels' clock shows {diary.clock.at(time.time()):%d %b %Y %H:%M} UTC; a day takes {a_day:.0f} seconds.
  Logs are in {stack.folder / "logs"}. Ctrl-C ends everything; the next `make demo` continues here.
"""
    )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
