"""The environment: every wrong value is named with its cure, and production makes nothing up."""

from __future__ import annotations

import base64
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import RequestFactory

from tracking import env, env_values
from tracking.logs import JsonLines, TextLines
from tracking.proxies import client_address

ROOT = Path(__file__).resolve().parents[2]
KEY = base64.b64encode(bytes(range(32))).decode()
PRODUCTION = {
    "SECRET_KEY": "b7Kq2vXw9Zr4Tn8Lm3Jc6Hd1Gf5Sa0Pq-Yx_Uo7Ie2Wr4Ty9Mn1",
    "CREDENTIAL_KEYS": f"k1:{KEY}",
    "DATABASE_URL": "postgresql://track:p%40ss@db.internal:5433/track?sslmode=require",
    "REDIS_URL": "redis://:hush@cache.internal:6379/3",
    "SITE_URL": "https://track.example.com",
}


def problems(**changes: str) -> str:
    with pytest.raises(env.WrongSettings) as caught:
        env.read(PRODUCTION | changes)
    return str(caught.value)


def test_production_needs_five_things() -> None:
    found = env.read(PRODUCTION)
    assert found.is_production
    assert found.allowed_hosts == ("track.example.com",)
    assert found.csrf_trusted_origins == ("https://track.example.com",)
    assert found.log_format == "JSON"
    assert found.credential_keys == {"k1": bytes(range(32))}


def test_everything_that_is_missing_is_told_at_once() -> None:
    with pytest.raises(env.WrongSettings) as caught:
        env.read({"DEMO": "false"})
    named = {line.split(":")[0] for line in str(caught.value).splitlines()}
    assert named == PRODUCTION.keys()


def test_a_machine_without_a_database_is_a_demo() -> None:
    found = env.read({})
    assert found.demo
    assert not found.is_production
    assert found.site_url == "http://localhost:8000"
    assert "localhost" in found.allowed_hosts
    assert found.database_url is None


@pytest.mark.parametrize(
    ("name", "value", "cure"),
    [
        ("DEBUG", "maybe", "true or false"),
        ("SECRET_KEY", "short", "50 random characters"),
        ("SECRET_KEY", "a" * 60, "50 random characters"),
        ("CREDENTIAL_KEYS", "k1:abc", "32 bytes in base64"),
        ("CREDENTIAL_KEYS", f"k1:{KEY},k1:{KEY}", "different ids"),
        ("DATABASE_URL", "mysql://u@h/d", "PostgreSQL is the only database"),
        ("DATABASE_URL", "postgresql://u@h:many/d", "postgresql://user:password@host:5432/name"),
        ("DATABASE_URL", "postgresql://u@h", "postgresql://user:password@host:5432/name"),
        ("DATABASE_URL", "postgresql://u@h/d?colour=red", "colour"),
        ("REDIS_URL", "http://cache", "redis://"),
        ("REDIS_URL", "redis://cache/first", "database number"),
        ("SITE_URL", "track.example.com", "https://track.example.com"),
        ("SITE_URL", "https://track.example.com/shop", "without a path"),
        ("SITE_URL", "http://track.example.com", "https:// in production"),
        ("LIVE_URL", "wss://live.example.com", "https://"),
        ("ALLOWED_HOSTS", "*", "not '*'"),
        ("ALLOWED_HOSTS", "https://track.example.com", "without https://"),
        ("TRUSTED_PROXIES", "-1", "from 0 to 5"),
        ("TRUSTED_PROXIES", "٣", "from 0 to 5"),
        ("LOG_LEVEL", "LOUD", "DEBUG, INFO, WARNING, ERROR"),
        ("DEMO_CLOCK", "0:0:600", "demo only"),
        ("DB_STATEMENT_TIMEOUT_S", "0", "from 1 to 3600"),
        ("EMAIL_URL", "mail.example.com", "smtp://"),
        ("DEFAULT_FROM_EMAIL", "nobody", "e-mail address"),
    ],
)
def test_a_wrong_value_is_named_with_its_cure(name: str, value: str, cure: str) -> None:
    told = problems(**{name: value})
    assert told.startswith(f"{name}: ")
    assert cure in told


def test_a_wrong_secret_is_not_repeated() -> None:
    assert "hunter2" not in problems(
        SECRET_KEY="hunter2", DATABASE_URL="mysql://u:hunter2@h/d", REDIS_URL="x://:hunter2@h"
    )


def test_a_database_url_is_taken_apart() -> None:
    assert env_values.database_url(PRODUCTION["DATABASE_URL"]) == env_values.Database(
        name="track", user="track", password="p@ss", host="db.internal", port="5433", options={"sslmode": "require"}
    )
    socket = env_values.postgres_url("postgresql://app@/track?host=/run/my%20db&port=5432")
    assert (socket.host, socket.port, socket.user) == ("/run/my db", "5432", "app")


@pytest.mark.parametrize(
    ("url", "cache", "celery"),
    [
        ("redis://:p@h:6379/3", "redis://:p@h:6379/4", "redis://:p@h:6379/3"),
        ("rediss://h", "rediss://h/1", "rediss://h"),
        ("unix:///run/r.sock?db=6", "unix:///run/r.sock?db=7", "redis+socket:///run/r.sock?virtual_host=6"),
    ],
)
def test_cache_and_broker_share_a_server_but_no_database(url: str, cache: str, celery: str) -> None:
    assert env_values.redis_database(url, 1) == cache
    assert env_values.celery_url(url) == celery


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in env.variables()}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=kept | environment, capture_output=True, text=True, check=False)


def test_a_production_site_passes_djangos_own_check() -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert done.returncode == 0, done.stderr


def test_a_wrong_environment_stops_every_command() -> None:
    done = manage("check", **(PRODUCTION | {"SECRET_KEY": ""}))
    assert done.returncode != 0
    assert "SECRET_KEY: is required in production" in done.stderr


def test_the_pages_may_load_nothing_from_elsewhere() -> None:
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert directives["default-src"] == ["'none'"]
    assert all(source in {"'self'", "'none'"} for sources in directives.values() for source in sources)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "6.6.6.6", "10.0.0.9"),
        (1, "6.6.6.6, 198.51.100.7", "198.51.100.7"),
        (2, "6.6.6.6, 198.51.100.7, 10.0.0.1", "198.51.100.7"),
        (2, "198.51.100.7", "10.0.0.9"),
        (1, "", "10.0.0.9"),
        (1, "198.51.100.7<script>", "10.0.0.9"),
        (1, "2001:DB8::7", "2001:db8::7"),
    ],
)
def test_only_our_own_proxies_are_believed(settings, proxies: int, forwarded: str, address: str) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.9", HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == address


def line(formatter: logging.Formatter, message: str, *arguments: object) -> str:
    return formatter.format(logging.LogRecord("test", logging.INFO, __file__, 1, message, arguments, None))


@pytest.mark.parametrize("formatter", [JsonLines(), TextLines()])
def test_a_carriers_text_cannot_forge_a_line(formatter: logging.Formatter) -> None:
    told = line(formatter, "carrier said %s", "ok\r\n2026 INFO all is well\u2028x")
    assert len(told.splitlines()) == 1


def test_json_lines_are_json() -> None:
    told = json.loads(line(JsonLines(), 'a "quoted" %s', "\nname"))
    assert told["message"] == 'a "quoted" \nname'
    assert told["level"] == "INFO"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer tl_live-8h2k_Xy7Qz", "8h2k"),
        ("cannot reach redis://:hush-hush@cache:6379/0", "hush"),
        ("postgresql://track:p4ss@db/track", "p4ss"),
        ('{"client_secret": "s3cr3t"}', "s3cr3t"),
        ("password=s3cr3t&user=x", "s3cr3t"),
        ("Not Found: /t/7Q3K-9XW2-M4RT-6HBN-C", "9XW2"),
    ],
)
def test_a_log_line_opens_no_door(text: str, secret: str) -> None:
    for formatter in (JsonLines(), TextLines()):
        assert secret not in line(formatter, text)
        assert "***" in line(formatter, text)


def test_operations_md_and_env_example_list_every_setting() -> None:
    operations, example = (ROOT / "docs" / "operations.md").read_text(), (ROOT / ".env.example").read_text()
    assert settings_table() in operations, "run `python scripts/write_settings_docs.py`"
    for name in env.variables():
        assert f"{name}=" in example


def settings_table() -> str:
    from scripts.write_settings_docs import table

    return table()
