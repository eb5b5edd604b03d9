"""`python -m tracking.embedded`: runs both servers until Ctrl-C, and says how to reach them."""

from __future__ import annotations

import argparse
import signal
import sys

from tracking.embedded import EmbeddedError, Servers
from tracking.env import data_folder


def main() -> None:
    """Runs until a signal comes."""
    argparse.ArgumentParser(prog="python -m tracking.embedded", description=__doc__).parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with Servers(data_folder()) as servers:
            sys.stdout.writelines(f"{name}={value}\n" for name, value in servers.environment().items())
            sys.stdout.flush()
            signal.pause()
    except EmbeddedError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
