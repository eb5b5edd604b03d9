"""A pasted tracking link: the pieces of it that may be the number, the likeliest first, and whose site it leads to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qsl, unquote, urlsplit

from carriers import registry
from carriers.facts import Kind

_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"']+", re.IGNORECASE | re.ASCII)
_BARE_LINK = re.compile(r"[a-z0-9.-]{1,60}\.[a-z]{2,10}/", re.IGNORECASE | re.ASCII)
_MAX_FIELDS, _MAX_HOST = 50, 100
# Query keys under which carriers and shops pass a tracking number, lower case without "_" and "-".
_KEYS = frozenset((
    "awb", "barcode", "billno", "code", "consignment", "consignmentid", "id", "inquirynumber", "inquirynumber1",
    "itemcode", "labels", "mailno", "mailnos", "match", "no", "num", "number", "numbers", "nums", "objects",
    "parcelcode", "parcelid", "parcelnumber", "piececode", "pin", "q", "reference", "search", "searchfor",
    "searchid", "searchvalue", "shipment", "shipmentid", "shipmentnumber", "shipmentnumbers", "submit", "tlabels",
    "tlc", "track", "trackcode", "trackid", "tracking", "trackingcode", "trackingid", "trackingnum",
    "trackingnumber", "trackingnumbers", "trackno", "tracknum", "tracknumber", "tracknumbers", "tracknums",
    "trknbr", "waybill", "waybillno",
))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a link says: texts that may be the number, and the carriers whose site its host is."""

    pieces: tuple[str, ...]
    carriers: tuple[str, ...]


def read(text: str) -> Link | None:
    """The first link in a text, None where there is none."""
    found = _LINK.search(text)
    address = found.group() if found else text.strip()
    if found is None and not _BARE_LINK.match(address):
        return None
    if "://" not in address[:8]:
        address = f"https://{address}"
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return Link(pieces=(), carriers=())
    # Single-page sites keep their query behind the "#".
    path, _, fragment_query = parts.fragment.partition("?")
    fields = _fields(parts.query) + _fields(fragment_query or (path if "=" in path else ""))
    named = [value for key, value in fields if key in _KEYS]
    others = [value for key, value in fields if key not in _KEYS]
    segments = [unquote(piece) for piece in (parts.path + "/" + path).split("/")[-_MAX_FIELDS:] if piece]
    pieces = [
        piece for value in (*named, *segments[::-1], *others) for piece in re.split(r"[,;|&\n]", value, maxsplit=2)[:2]
    ]
    return Link(pieces=tuple(pieces), carriers=_owners(host))


def _fields(query: str) -> list[tuple[str, str]]:
    try:
        fields = parse_qsl(query, max_num_fields=_MAX_FIELDS)
    except ValueError:  # more fields than any tracking link has
        return []
    return [(key.lower().replace("_", "").replace("-", ""), value) for key, value in fields]


def _owners(host: str) -> tuple[str, ...]:
    """The carriers of a host, or of the domain above it."""
    hosts = _hosts() if len(host) <= _MAX_HOST else {}
    while "." in host:
        if host in hosts:
            return hosts[host]
        host = host.partition(".")[2]
    return ()


@cache
def _hosts() -> dict[str, tuple[str, ...]]:
    hosts: dict[str, tuple[str, ...]] = {}
    for sheet in registry.sheets().values():
        if sheet.kind is Kind.AGGREGATOR:
            continue
        for address in {sheet.tracking_url, sheet.website} - {""}:
            host = (urlsplit(address).hostname or "").removeprefix("www.")
            if sheet.slug not in hosts.get(host, ()):
                hosts[host] = (*hosts.get(host, ()), sheet.slug)
    return hosts
