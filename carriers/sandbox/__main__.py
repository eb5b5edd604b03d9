"""`python -m carriers.sandbox`: serves the sandbox with granian, one process, all state in its memory."""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime
from pathlib import Path

from carriers.sandbox.app import Sandbox, create_app
from carriers.sandbox.clock import Clock, parse_instant
from carriers.sandbox.control import load
from carriers.sandbox.world import World, demo_world

_OPTIONS = "CARRIERS_SANDBOX_OPTIONS"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m carriers.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8002, help="port to listen on (default: %(default)s)")
    parser.add_argument("--state", type=Path, help="file in which journeys and clock survive a restart")
    parser.add_argument(
        "--demo-start", type=parse_instant, help="fill with the demo's parcels around this ISO 8601 instant"
    )
    parser.add_argument("--demo-count", type=int, default=300, help="how many (default: %(default)s)")
    parser.add_argument("--push", action="store_true", help="take subscriptions, and push to addresses of this machine")
    parser.add_argument("--seed", type=int, default=7, help="other numbers with another seed (default: %(default)s)")
    return parser


def build(arguments: list[str] | None = None) -> Sandbox:
    """The application of a command line: a saved state goes before --demo-start."""
    options = _parser().parse_args(arguments)
    clock = Clock.of_environment()
    world = World(options.seed, clock)
    is_loaded = options.state is not None and load(options.state, world)
    if not is_loaded and options.demo_start is not None:
        world = demo_world(options.demo_start, options.demo_count, options.seed, clock)
    if os.environ.get("DEMO_CLOCK"):
        world.clock = Clock.of_environment()  # the platform's clock goes before the saved one
    world.pushes = options.push
    app = create_app(world, options.state)
    app.control.save()
    return app


def application() -> Sandbox:
    """What granian's process calls."""
    return build(os.environ[_OPTIONS].split("\n") if os.environ.get(_OPTIONS) else [])


def main(arguments: list[str] | None = None) -> None:
    """Serves until it is stopped."""
    import sys

    from granian import Granian
    from granian.constants import Interfaces

    given = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(given)
    os.environ[_OPTIONS] = "\n".join(given)
    print(f"carrier sandbox on http://{options.host}:{options.port}, {datetime.now(UTC):%H:%M:%S} UTC", flush=True)  # noqa: T201
    Granian(
        "carriers.sandbox.__main__:application", address=options.host, port=options.port,
        interface=Interfaces.ASGI, workers=1, factory=True, log_access=False, websockets=False,
    ).serve()  # fmt: skip


if __name__ == "__main__":
    main()
