"""How the text of an environment variable becomes a value: a reader raises ValueError("must be ...")."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit, urlunsplit

from tracking.clock import DemoClock


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A PostgreSQL database, as Django's DATABASES wants it."""

    name: str
    user: str
    password: str
    host: str  # a host name, or the folder of a unix socket
    port: str
    options: Mapping[str, str]


_LIBPQ_OPTIONS = {"sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout", "target_session_attrs", "options"}


def boolean(text: str) -> bool:
    """true/false, yes/no, on/off, 1/0."""
    words = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
    if text.lower() not in words:
        raise ValueError("must be true or false")
    return words[text.lower()]


def integer(least: int, most: int) -> Callable[[str], int]:
    """A whole number within these bounds."""

    def read(text: str) -> int:
        if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or not least <= int(text) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    return read


def one_of(*words: str) -> Callable[[str], str]:
    """One of these words, in any case."""

    def read(text: str) -> str:
        if text.upper() not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return text.upper()

    return read


def words(text: str) -> tuple[str, ...]:
    """Words between commas."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def hosts(text: str) -> tuple[str, ...]:
    """Host names between commas, without scheme; `.example.com` for all below it."""
    names = words(text)
    for name in names:
        if not re.fullmatch(r"\.?[A-Za-z0-9\-_.]+|\[[0-9A-Fa-f:]+\]", name):
            raise ValueError(f"must be host names between commas, without https:// or port or *: not {name!r}")
    return names


def origins(text: str) -> tuple[str, ...]:
    """Origins between commas."""
    return tuple(origin(word) for word in words(text))


def origin(text: str) -> str:
    """scheme://host[:port], or nothing."""
    wanted = "must be like https://track.example.com, without a path"
    parts = _split(text, wanted)
    if text and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query):
        raise ValueError(wanted)
    return text.rstrip("/")


def database_url(text: str) -> Database | None:
    """postgresql://user:password@host:port/name; a socket's folder as ?host=/folder. Nothing: the embedded server."""
    return postgres_url(text) if text else None


def postgres_url(text: str) -> Database:
    """postgresql://user:password@host:port/name; a socket's folder as ?host=/folder."""
    wanted = "must be like postgresql://user:password@host:5432/name (PostgreSQL is the only database)"
    parts = _split(text, wanted)
    if parts.scheme not in {"postgres", "postgresql"} or len(parts.path) < 2:
        raise ValueError(wanted)
    query = dict(parse_qsl(parts.query))
    host = query.pop("host", "") or unquote(parts.hostname or "")
    query_port = query.pop("port", "")
    if unknown := query.keys() - _LIBPQ_OPTIONS:
        raise ValueError(f"must not carry {', '.join(sorted(unknown))}; known: {', '.join(sorted(_LIBPQ_OPTIONS))}")
    return Database(
        name=unquote(parts.path[1:]),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        host=host,
        port=query_port or str(parts.port or ""),
        options=query,
    )


def redis_url(text: str) -> str:
    """redis://[:password@]host[:port][/db], rediss:// for TLS, unix:///path?db=n. Nothing: the embedded server."""
    wanted = "must be like redis://:password@host:6379/0, rediss://... or unix:///path/redis.sock?db=0"
    parts = _split(text, wanted)
    is_socket = parts.scheme == "unix" and parts.path.startswith("/")
    is_address = parts.scheme in {"redis", "rediss"} and bool(parts.hostname)
    if text and not (is_socket or is_address):
        raise ValueError(wanted)
    number = dict(parse_qsl(parts.query)).get("db", "0") if is_socket else (parts.path.strip("/") or "0")
    if text and not number.isdecimal():
        raise ValueError("must end with a database number, such as /0")
    return text


def networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Networks between commas, such as 10.0.0.0/8; a lone address is a network of one."""
    found = []
    for word in words(text):
        try:
            found.append(ip_network(word))
        except ValueError:
            raise ValueError(f"must be networks between commas, such as 10.0.0.0/8: not {word!r}") from None
    return tuple(found)


def key_ring(text: str) -> dict[str, bytes]:
    """id:base64key,... of 32-byte keys; the first one seals, all of them open."""
    ring: dict[str, bytes] = {}
    for word in words(text):
        key_id, _, encoded = word.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except ValueError:
            key = b""
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,16}", key_id) or len(key) != 32 or key_id in ring:
            raise ValueError("must be id:key,id:key... with different ids, each key 32 bytes in base64")
        ring[key_id] = key
    return ring


def broker_url(text: str) -> str:
    """amqp:// or amqps:// with host, or as `redis_url`. Nothing: REDIS_URL."""
    parts = _split(text, "must be like amqp://user:password@host:5672/vhost, or a Redis URL")
    if parts.scheme in {"amqp", "amqps"} and parts.hostname:
        return text
    return redis_url(text)


def secret(text: str) -> str:
    """At least fifty characters, and not the one everybody starts with."""
    if text and (len(text) < 50 or len(set(text)) < 5 or text.startswith("django-insecure")):
        raise ValueError("must be at least 50 random characters; make one with `openssl rand -base64 48`")
    return text


def metrics_token(text: str) -> str:
    """Nothing, or at least 24 characters that a header can carry."""
    if text and (len(text) < 24 or len(set(text)) < 5 or not text.isascii() or not text.isprintable() or " " in text):
        raise ValueError("must be at least 24 random characters; make one with `openssl rand -hex 24`")
    return text


def demo_clock(text: str) -> str:
    """Empty, or real_epoch_s:demo_epoch_s:speed."""
    try:
        DemoClock.parse(text)
    except ValueError as error:
        raise ValueError(f"must be {error}, or unset for the machine's clock") from None
    return text


def mailbox(text: str) -> str:
    """An e-mail address, with or without a name before it."""
    if not re.search(r"[^@\s<>]+@[^@\s<>]+", text):
        raise ValueError("must be an e-mail address, such as Throughline <track@example.com>")
    return text


def email_url(text: str) -> str:
    """smtp:// or smtps:// with host, or nothing."""
    wanted = "must be like smtp://user:password@host:587 or smtps://user:password@host:465"
    parts = _split(text, wanted)
    if text and (parts.scheme not in {"smtp", "smtps"} or not parts.hostname):
        raise ValueError(wanted)
    return text


def redis_database(url: str, step: int) -> str:
    """The same server's database `step` numbers further on."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        number = int(dict(parse_qsl(parts.query)).get("db", 0)) + step
        return f"unix://{parts.path}?db={number}"
    return urlunsplit(parts._replace(path=f"/{int(parts.path.strip('/') or 0) + step}"))


def celery_url(url: str) -> str:
    """The Redis URL as Celery spells it: redis+socket:///path?virtual_host=n for a socket."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    return f"redis+socket://{parts.path}?virtual_host={dict(parse_qsl(parts.query)).get('db', 0)}"


def _split(text: str, wanted: str) -> SplitResult:
    """The parts of a URL whose port, if any, is a number. Raises ValueError(wanted)."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise ValueError(wanted) from None
    return parts
