"""The servers of a machine that has none: real, private, and gone when their owner is."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
import redis

from tracking.embedded import EmbeddedError, Servers, keys
from tracking.embedded.postgres import postgres_programs

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """An empty data folder whose servers are nobody else's."""
    before = {name: os.environ.pop(name, None) for name in ("DATABASE_URL", "REDIS_URL")}
    yield tmp_path / "data"
    os.environ |= {name: value for name, value in before.items() if value is not None}


def processes_of(folder: Path) -> list[str]:
    shown = subprocess.run(["ps", "-ww", "-eo", "pid=,command="], capture_output=True, text=True, check=True).stdout
    return [line for line in shown.splitlines() if str(folder) in line]


def rows(servers: Servers, statement: str) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(servers.postgres.url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def test_both_run_keep_their_data_and_leave_no_process(folder: Path) -> None:
    with Servers(folder) as servers:
        rows(servers, "CREATE TABLE parcel (id int)")
        redis.Redis.from_url(servers.redis.url).set("parcel", "here")
    assert processes_of(folder) == []
    with Servers(folder) as servers:
        assert rows(servers, "SELECT count(*) FROM parcel") == [(0,)]
        assert redis.Redis.from_url(servers.redis.url).get("parcel") == b"here"
    assert processes_of(folder) == []


def test_the_application_is_no_superuser_and_redis_forgets_nothing(folder: Path) -> None:
    with Servers(folder) as servers:
        told = rows(servers, "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles"
                             " WHERE rolname = current_user")  # fmt: skip
        assert told == [("throughline_app", False, False, False, False)]
        told = rows(servers, "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()")
        assert told == [("throughline_app",)]
        client = redis.Redis.from_url(servers.redis.url)
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("appendonly") == {"appendonly": "yes"}


def test_nobody_else_on_the_machine_can_reach_them(folder: Path) -> None:
    with Servers(folder) as servers:
        assert rows(servers, "SHOW listen_addresses") == [("",)]
        assert redis.Redis.from_url(servers.redis.url).config_get("port") == {"port": "0"}
        for path in (servers.postgres.folder, servers.redis.folder):
            assert path.stat().st_mode & 0o077 == 0


def test_a_second_start_is_refused_and_the_first_goes_on(folder: Path) -> None:
    with Servers(folder) as servers:
        with pytest.raises(EmbeddedError, match=f"process {os.getpid()} is already running .* THROUGHLINE_DATA_DIR"):
            Servers(folder).start()
        assert rows(servers, "SELECT 1") == [(1,)]


def test_a_folder_too_deep_for_a_socket_works_all_the_same(folder: Path) -> None:
    deep = folder / "a folder with a long name" / ("x" * 90)
    with Servers(deep) as servers:
        assert rows(servers, "SELECT 1") == [(1,)]
        assert redis.Redis.from_url(servers.redis.url).ping()


OWNER = """
import sys, time
from pathlib import Path
from tracking.embedded import Servers
servers = Servers(Path(sys.argv[1]))
servers.start()
print("up", flush=True)
time.sleep(600)
"""


def owner_of(folder: Path) -> subprocess.Popen[str]:
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(folder)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert owner.stdout is not None
    assert owner.stdout.readline() == "up\n"
    return owner


@pytest.mark.faults
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
def test_they_end_even_when_their_owner_is_killed(folder: Path) -> None:
    owner = owner_of(folder)
    assert len(processes_of(folder)) >= 3
    owner.kill()
    owner.wait()
    deadline = time.monotonic() + 10
    while processes_of(folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_of(folder) == []


@pytest.mark.faults
def test_after_everything_was_killed_the_next_start_recovers(folder: Path) -> None:
    with Servers(folder) as servers:
        rows(servers, "CREATE TABLE parcel (id int)")
        servers.postgres.send(signal.SIGKILL)
        servers.redis.send(signal.SIGKILL)
    pid_file = folder / "postgres" / "postmaster.pid"
    # The dead server's number has gone to a process that lives: this one.
    pid_file.write_text(f"{os.getpid()}\n" + pid_file.read_text().split("\n", 1)[1])
    with Servers(folder) as servers:
        assert rows(servers, "SELECT count(*) FROM parcel") == [(0,)]


@pytest.mark.faults
def test_a_server_that_died_starts_again_on_the_same_address(folder: Path) -> None:
    with Servers(folder) as servers:
        client = redis.Redis.from_url(servers.redis.url)
        client.set("parcel", "here")
        client.config_set("appendfsync", "always")
        client.set("parcel", "still here")
        servers.redis.send(signal.SIGKILL)
        while servers.redis.is_running():
            time.sleep(0.01)
        servers.redis.start()
        assert client.get("parcel") == b"still here"


def test_an_interrupted_first_start_does_not_stand_in_the_way(folder: Path) -> None:
    (folder / "postgres").mkdir(parents=True)
    (folder / "postgres" / "half").write_text("made")
    with Servers(folder) as servers:
        assert rows(servers, "SELECT 1") == [(1,)]


def test_data_of_another_postgresql_is_not_touched(folder: Path) -> None:
    (folder / "postgres").mkdir(parents=True)
    (folder / "postgres" / "PG_VERSION").write_text("9\n")
    with pytest.raises(EmbeddedError, match="was made by PostgreSQL 9"):
        Servers(folder).start()
    assert (folder / "postgres" / "PG_VERSION").read_text() == "9\n"
    assert processes_of(folder) == []


def test_secrets_are_made_once_and_are_private(tmp_path: Path) -> None:
    first = keys.secret_key(tmp_path), keys.credential_keys(tmp_path)
    assert first == (keys.secret_key(tmp_path), keys.credential_keys(tmp_path))
    assert len(first[0]) >= 50
    for name in ("secret_key", "credential_keys"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["credential_keys", "secret_key"]


@pytest.mark.skipif(os.getuid() != 0, reason="only root's folders are closed to the account that PostgreSQL runs as")
def test_root_may_keep_everything_where_no_other_account_may_look(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    programs = postgres_programs()
    package = programs.parent.parent
    for part in (programs.parent.relative_to(package.parent), Path(f"{package.name}.libs")):
        if (package.parent / part).exists():
            shutil.copytree(package.parent / part, closed / part)
    monkeypatch.setenv("THROUGHLINE_POSTGRES_BIN", str(closed / programs.relative_to(package.parent)))
    with Servers(closed / "data") as servers:
        assert rows(servers, "SELECT 1") == [(1,)]
        owner = (closed / "data" / "postgres" / "PG_VERSION").stat().st_uid
        assert owner != 0
    assert closed.stat().st_mode & 0o777 == 0o700
