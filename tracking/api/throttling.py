"""How much one key (or one address) may ask: a token bucket in Redis. Without Redis nobody passes: 429."""

from __future__ import annotations

import ipaddress
import logging
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

import redis
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from tracking.accounts.models import ApiKey
from tracking.api.errors import RETRY_AFTER_S
from tracking.proxies import client_address
from tracking.shipments.live import redis_client

if TYPE_CHECKING:  # rest_framework.views imports its throttles
    from rest_framework.views import APIView

logger = logging.getLogger(__name__)

_PERIODS_S = {"s": 1, "m": 60, "h": 3600}

# A bucket holds `burst` tokens and refills evenly; Redis's own clock, so that all web processes agree.
# Answers {allowed, whole tokens left, milliseconds until one more, milliseconds until full}.
_TAKE = """
local burst, per_ms = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local held = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = math.min(burst, (tonumber(held[1]) or burst) + (now - (tonumber(held[2]) or now)) * per_ms)
local allowed = 0
if tokens >= 1 then tokens = tokens - 1; allowed = 1 end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', string.format('%.3f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(burst / per_ms) + 1000)
return {allowed, math.floor(tokens), math.ceil(math.max(0, 1 - tokens) / per_ms), math.ceil((burst - tokens) / per_ms)}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What is left of a bucket."""

    limit: int
    remaining: int
    wait_s: int  # until one more request passes
    reset_s: int  # until the bucket is full
    is_allowed: bool

    def headers(self) -> dict[str, str]:
        """RateLimit-Limit, -Remaining and -Reset (seconds), as the IETF draft had them when programs took them up."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_s),
        }


class KeyThrottle(BaseThrottle):
    """Counts by key; without one, by the caller's address (IPv6: its /64)."""

    def allow_request(self, request: Request, view: APIView) -> bool:  # noqa: ARG002  DRF's signature
        if isinstance(request.auth, ApiKey):
            rate, name = "key", f"rate:key:{request.auth.pk}"
        else:
            rate, name = "anonymous", f"rate:address:{_network(client_address(request._request))}"
        try:
            allowance = take(name, *parse_rate(str(api_settings.DEFAULT_THROTTLE_RATES[rate])))
        except redis.RedisError as error:
            logger.warning("rate limiter away, refusing: %s", type(error).__name__)
            raise _away() from error
        request.allowance = allowance  # type: ignore[attr-defined]
        if not allowance.is_allowed:
            raise Throttled(wait=allowance.wait_s)
        return True


def take(name: str, limit: int, period_s: int) -> Allowance:
    """Takes a token out of a bucket of `limit` that refills once in `period_s`. Raises redis.RedisError."""
    client: Any = redis_client()
    allowed, left, wait_ms, full_ms = client.eval(_TAKE, 1, name, limit, limit / (period_s * 1000))
    return Allowance(
        limit=limit,
        remaining=int(left),
        wait_s=ceil(int(wait_ms) / 1000),
        reset_s=ceil(int(full_ms) / 1000),
        is_allowed=bool(allowed),
    )


def parse_rate(rate: str) -> tuple[int, int]:
    """ "600/min" as (600, 60)."""
    count, _, period = rate.partition("/")
    return int(count), _PERIODS_S[period[0]]


def _away() -> Throttled:
    error = Throttled(wait=RETRY_AFTER_S)
    error.why = f"The rate limiter is away, and nothing passes without it. Try again in {RETRY_AFTER_S} s."  # type: ignore[attr-defined]
    return error


def _network(address: str) -> str:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ip) if ip.version == 4 else str(ipaddress.ip_network((ip, 64), strict=False).network_address)
