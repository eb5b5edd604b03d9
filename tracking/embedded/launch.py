"""Becomes another program that ends with its parent, and runs as another account where root started it.

    python -I -S launch.py SIGNAL UID GID PASSAGE PROGRAM ARGUMENT...

SIGNAL is sent to the program when its parent dies, however it dies (Linux only). UID and GID of -1 keep the account.
With PASSAGE 1 the account may pass through folders closed to it: PostgreSQL refuses to run as root, and root's own
checkout may lie where no other account may look. Run by its path: it imports nothing of the platform.
"""

import ctypes
import os
import signal
import struct
import sys

_PR_SET_PDEATHSIG, _PR_SET_SECUREBITS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 1, 28, 47, 2
_NO_SETUID_FIXUP = 1 << 2
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1, 2
_CAPABILITY_VERSION_3 = 0x20080522


def become(uid: int, gid: int, passage: bool) -> None:
    """Gives root up for this account; with `passage` the way through closed folders is kept."""
    libc = ctypes.CDLL(None, use_errno=True)
    linux = sys.platform == "linux"
    if passage and linux:
        # Keeps the capabilities over setuid, and lets access(2), by which initdb looks for its programs, honour them.
        libc.prctl(_PR_SET_SECUREBITS, _NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if passage and linux:
        for capabilities in ((_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH), (_CAP_DAC_OVERRIDE,)):
            mask = sum(1 << capability for capability in capabilities)
            header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
            if libc.capset(header, struct.pack("=6I", mask, mask, mask, 0, 0, 0)) == 0:
                for capability in capabilities:
                    libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0)
                break


def main() -> None:
    """Reads the arguments and becomes the program; the module's docstring tells them."""
    ending, uid, gid, passage, program = sys.argv[1:6]
    parent = os.getppid()
    if int(uid) >= 0:
        become(int(uid), int(gid), passage == "1")
    if sys.platform == "linux":
        # After the change of account, which would forget it.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.Signals[ending]), 0, 0, 0)
        if os.getppid() != parent:
            sys.exit("the parent has gone already")
    os.execvp(program, sys.argv[5:])  # noqa: S606  (no shell is wanted)


if __name__ == "__main__":
    main()
