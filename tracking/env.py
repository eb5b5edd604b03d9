"""Reads the platform's settings from the environment, and checks every value before anything starts.

`Environment` is the one list of them: docs/operations.md and .env.example are held to it by a test.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints
from urllib.parse import urlsplit

from tracking.env_values import (
    Database,
    boolean,
    broker_url,
    database_url,
    demo_clock,
    email_url,
    hosts,
    integer,
    key_ring,
    mailbox,
    metrics_token,
    networks,
    one_of,
    origin,
    origins,
    redis_url,
    secret,
)

BASE_DIR = Path(__file__).resolve().parent.parent


class WrongSettings(Exception):
    """Some variables are missing or wrong; the message names each of them with its cure, a line each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One environment variable: how to read it, its default as one would write it, and what it means."""

    read: Callable[[str], Any]  # raises ValueError("must be ...")
    meaning: str
    default: str = ""
    default_shown: str = ""  # where the default depends on other variables
    is_secret: bool = False
    required_in_production: bool = False


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Every setting of the platform, read and checked. The variable is the field's name in capitals."""

    debug: Annotated[
        bool,
        Variable(
            read=boolean, default="false", meaning="Error pages that show the source. Never true on a public site."
        ),
    ]
    demo: Annotated[
        bool,
        Variable(
            read=boolean,
            default_shown="true while DATABASE_URL is unset, else false",
            meaning="Plain http is allowed, and missing secrets are made and kept in the data folder.",
        ),
    ]
    throughline_data_dir: Annotated[
        str, Variable(read=str, default=".data", meaning="Folder of the embedded servers, the demo's secrets and logs.")
    ]
    secret_key: Annotated[
        str,
        Variable(
            read=secret,
            is_secret=True,
            required_in_production=True,
            meaning="Signs sessions and links. At least 50 random characters: `openssl rand -base64 48`.",
        ),
    ]
    credential_keys: Annotated[
        dict[str, bytes],
        Variable(
            read=key_ring,
            is_secret=True,
            required_in_production=True,
            meaning=(
                "Keys that seal carrier credentials: `id:key,...`, each 32 bytes in base64 (`openssl rand -base64 32`)."
                " The first one seals, all of them open: to rotate, put a new one in front."
            ),
        ),
    ]
    database_url: Annotated[
        Database | None,
        Variable(
            read=database_url,
            is_secret=True,
            required_in_production=True,
            meaning=(
                "PostgreSQL 15 or later: `postgresql://user:password@host:5432/name`, or over a socket"
                " `postgresql://user@/name?host=/folder`. Unset: the embedded server."
            ),
        ),
    ]
    redis_url: Annotated[
        str,
        Variable(
            read=redis_url,
            is_secret=True,
            required_in_production=True,
            meaning=(
                "Redis 6.2 or later: `redis://:password@host:6379/0`. The cache takes the database number after it."
                " Unset: the embedded server."
            ),
        ),
    ]
    site_url: Annotated[
        str,
        Variable(
            read=origin,
            default_shown="http://localhost:8000 in a demo",
            required_in_production=True,
            meaning="Where readers reach the site; links in messages start with it. https in production.",
        ),
    ]
    live_url: Annotated[
        str,
        Variable(
            read=origin,
            meaning="Origin of the live stream. Unset: the site's, where the proxy sends /live/ to its process.",
        ),
    ]
    allowed_hosts: Annotated[
        tuple[str, ...],
        Variable(
            read=hosts,
            default_shown="the host of SITE_URL",
            meaning="Host names that the site answers to, between commas.",
        ),
    ]
    csrf_trusted_origins: Annotated[
        tuple[str, ...],
        Variable(
            read=origins,
            default_shown="SITE_URL",
            meaning="Origins that forms may come from, between commas, with scheme.",
        ),
    ]
    carrier_hosts: Annotated[
        tuple[str, ...],
        Variable(
            read=hosts,
            default="",
            default_shown="nothing; this machine in a demo",
            meaning="Hosts that a carrier account's base address may name beside the carrier's own: a proxy, a double.",
        ),
    ]
    trusted_proxies: Annotated[
        int,
        Variable(
            read=integer(0, 5),
            default="0",
            meaning=(
                "How many reverse proxies of yours stand in front. 0: X-Forwarded headers are ignored. 1 or more:"
                " the reader's address is that many places from the right of X-Forwarded-For, and X-Forwarded-Proto"
                " is believed."
            ),
        ),
    ]
    ssl_redirect: Annotated[
        bool,
        Variable(
            read=boolean,
            default_shown="true in production",
            meaning="Plain http requests are sent to https. false where the proxy does it.",
        ),
    ]
    hsts_s: Annotated[
        int,
        Variable(
            read=integer(0, 63_072_000), default="31536000", meaning="Seconds for which browsers insist on https."
        ),
    ]
    log_level: Annotated[
        str,
        Variable(read=one_of("DEBUG", "INFO", "WARNING", "ERROR"), default="INFO", meaning="How much is logged."),
    ]
    log_format: Annotated[
        str,
        Variable(
            read=one_of("JSON", "TEXT"),
            default_shown="JSON in production, TEXT in a demo",
            meaning="One JSON object a line, or lines for people.",
        ),
    ]
    metrics_token: Annotated[
        str,
        Variable(
            read=metrics_token,
            is_secret=True,
            meaning=(
                "Opens /metrics to whoever sends it as a bearer token: at least 24 characters, `openssl rand -hex 24`."
                " Unset: there is no such page."
            ),
        ),
    ]
    demo_clock: Annotated[
        str,
        Variable(
            read=demo_clock,
            meaning="`real_epoch_s:demo_epoch_s:speed`: a clock of parcels that runs fast. Refused in production.",
        ),
    ]
    db_conn_max_age_s: Annotated[
        int,
        Variable(
            read=integer(0, 86_400),
            default="300",
            meaning="How long a process keeps its database connection. 0 behind a pooler in transaction mode.",
        ),
    ]
    db_statement_timeout_s: Annotated[
        int, Variable(read=integer(1, 3_600), default="15", meaning="A statement that takes longer is ended.")
    ]
    db_lock_timeout_s: Annotated[
        int,
        Variable(read=integer(1, 3_600), default="10", meaning="A statement that waits longer for a lock is ended."),
    ]
    database_pooler: Annotated[
        str,
        Variable(
            read=one_of("NONE", "TRANSACTION"),
            default="NONE",
            meaning=(
                "TRANSACTION: DATABASE_URL leads to PgBouncer in transaction mode. Nothing is kept in a session then,"
                " and the time limits come from the role (docs/scaling.md)."
            ),
        ),
    ]
    database_replica_url: Annotated[
        Database | None,
        Variable(
            read=database_url,
            is_secret=True,
            meaning="A streaming replica for lists and searches, which may lag. Unset: DATABASE_URL answers them too.",
        ),
    ]
    broker_url: Annotated[
        str,
        Variable(
            read=broker_url,
            is_secret=True,
            default_shown="REDIS_URL",
            meaning="Carries the wake-ups: RabbitMQ, `amqp://user:password@host:5672/vhost` (amqps for TLS), or Redis.",
        ),
    ]
    raw_answers_kept_days: Annotated[
        int,
        Variable(
            read=integer(0, 3_650),
            default="180",
            meaning="Raw answers are deleted so long after the last news of their shipment. 0: never.",
        ),
    ]
    worker_shutdown_s: Annotated[
        int,
        Variable(read=integer(1, 600), default="20", meaning="How long a worker may finish its tasks after SIGTERM."),
    ]
    poll_lease_s: Annotated[
        int,
        Variable(
            read=integer(5, 3_600),
            default="150",
            meaning="When a claimed leg is due again, should its worker have died. Above the tasks' 120 s.",
        ),
    ]
    poll_slow_tasks: Annotated[
        int,
        Variable(
            default="1",
            read=integer(1, 1_000),
            meaning="How many workers slow carriers together may hold at once: about half of your worker processes.",
        ),
    ]
    poll_max_wait_h: Annotated[
        int,
        Variable(
            read=integer(1, 168),
            default="24",
            meaning="Hours after which every parcel under way is asked for again, whatever a call costs.",
        ),
    ]
    webhook_allowed_networks: Annotated[
        tuple[IPv4Network | IPv6Network, ...],
        Variable(
            read=networks,
            default_shown="nothing; this machine in a demo",
            meaning=(
                "Private networks that webhooks may be sent into, between commas, such as `10.20.0.0/16`. Every port is"
                " allowed there, and plain http to an address in figures."
            ),
        ),
    ]
    webhook_http: Annotated[
        bool,
        Variable(
            read=boolean,
            default="false",
            meaning="Webhooks may be sent over plain http, to port 80, where anybody on the way can read and alter.",
        ),
    ]
    webhook_proxy: Annotated[
        str,
        Variable(
            read=origin,
            meaning=(
                "Proxy that webhooks leave through, such as `http://smokescreen:4750`. It then decides which addresses"
                " may be reached. Unset: none, whatever HTTPS_PROXY says."
            ),
        ),
    ]
    email_url: Annotated[
        str,
        Variable(
            read=email_url,
            is_secret=True,
            meaning="`smtp://user:password@host:587` (STARTTLS) or `smtps://...:465`. Unset: messages go to the log.",
        ),
    ]
    default_from_email: Annotated[
        str,
        Variable(read=mailbox, default="Throughline <throughline@localhost>", meaning="Sender of the site's messages."),
    ]

    @property
    def is_production(self) -> bool:
        """Whether strangers may reach this: then nothing is made up and everything is https."""
        return not (self.debug or self.demo)


def variables() -> dict[str, Variable]:
    """Every variable by its name, in the order they are documented."""
    hints = get_type_hints(Environment, include_extras=True)
    return {name.upper(): get_args(hint)[1] for name, hint in hints.items()}


def read(environ: Mapping[str, str]) -> Environment:
    """The settings in `environ`. Raises WrongSettings with a line for each that is missing or wrong.

    A variable set to nothing counts as unset. A wrong value is never repeated if it may be a secret.
    """
    given = {name: environ.get(name, "").strip() for name in variables()}
    is_demo = _is_true(given["DEBUG"]) or (_is_true(given["DEMO"]) if given["DEMO"] else not given["DATABASE_URL"])
    problems: list[str] = [] if is_demo else _production_problems(given)
    derived = _derived_defaults(given, is_demo=is_demo)
    values: dict[str, Any] = {}
    for name, variable in variables().items():
        text = given[name] or derived.get(name, variable.default)
        if not text and variable.required_in_production and not is_demo:
            problems.append(f"{name}: is required in production. {variable.meaning}")
            continue
        try:
            values[name.lower()] = variable.read(text)
        except ValueError as error:
            shown = "" if variable.is_secret else f" (it is {text[:60]!r})"
            problems.append(f"{name}: {error}{shown}")
    if problems:
        raise WrongSettings("\n".join(problems))
    return Environment(**values)


def data_folder() -> Path:
    """THROUGHLINE_DATA_DIR, or .data beside manage.py; absolute."""
    return (BASE_DIR / (os.environ.get("THROUGHLINE_DATA_DIR") or ".data")).resolve()


def _derived_defaults(given: Mapping[str, str], *, is_demo: bool) -> dict[str, str]:
    site = given["SITE_URL"] or ("http://localhost:8000" if is_demo else "")
    try:
        host = urlsplit(site).hostname or ""
    except ValueError:  # told when SITE_URL itself is read
        host = ""
    return {
        "DEMO": "true" if is_demo and not _is_true(given["DEBUG"]) else "false",
        "SITE_URL": site,
        "ALLOWED_HOSTS": f"{host},localhost,127.0.0.1,[::1]" if is_demo else host,
        "CSRF_TRUSTED_ORIGINS": site,
        "CARRIER_HOSTS": "localhost,127.0.0.1" if is_demo else "",
        "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8,::1" if is_demo else "",
        "SSL_REDIRECT": "false" if is_demo else "true",
        "LOG_FORMAT": "TEXT" if is_demo else "JSON",
    }


def _production_problems(given: Mapping[str, str]) -> list[str]:
    problems = []
    if given["SITE_URL"].startswith("http://"):
        problems.append("SITE_URL: must start with https:// in production; set DEMO=true for a trial over plain http")
    if given["DEMO_CLOCK"]:
        problems.append("DEMO_CLOCK: is for the demo only; unset it")
    return problems


def _is_true(text: str) -> bool:
    return text.lower() in {"true", "1", "yes", "on"}
