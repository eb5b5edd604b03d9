"""How many calls an account may make: a token bucket and a daily count in Redis, shared by all workers.

Runs on machine time. Redis that lost its counts allows at most one bucket too many; Redis that does not answer
allows nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import redis
from django.utils import timezone

from carriers import registry
from tracking.shipments.live import redis_client
from tracking.shipments.models import CarrierAccount

# The bucket holds this many seconds of the rate, so that a burst after a quiet while uses what was left.
BURST_S = 10.0

_TAKE = """
local wanted, rate, size, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local daily, ends_in = tonumber(ARGV[5]), tonumber(ARGV[6])
local taken = wanted
if rate >= 0 then
  local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'at')
  local tokens = tonumber(bucket[1] or size)
  local at = tonumber(bucket[2] or now)
  tokens = math.min(size, tokens + math.max(0, now - at) * rate)
  taken = math.min(taken, math.floor(tokens))
end
if daily >= 0 then
  local used = tonumber(redis.call('GET', KEYS[2]) or '0')
  taken = math.max(0, math.min(taken, daily - used))
end
if rate >= 0 then
  local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'at')
  local tokens = math.min(size, tonumber(bucket[1] or size) + math.max(0, now - tonumber(bucket[2] or now)) * rate)
  redis.call('HSET', KEYS[1], 'tokens', tostring(tokens - taken), 'at', tostring(now))
  redis.call('EXPIRE', KEYS[1], 3600)
end
if daily >= 0 and taken > 0 then
  redis.call('INCRBY', KEYS[2], taken)
  redis.call('EXPIRE', KEYS[2], ends_in)
end
return taken
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """`calls` may be made now; for the rest, wait `retry_after_s` machine seconds."""

    calls: int
    retry_after_s: float


def take(account: CarrierAccount, wanted: int) -> Grant:
    """Takes up to `wanted` calls from the account's budget."""
    api = registry.sheet(account.carrier).api
    rate = account.rate_per_s if account.rate_per_s is not None else (api.rate_per_s if api else None)
    daily = account.daily_budget if account.daily_budget is not None else (api.daily_budget if api else None)
    if rate is None and daily is None:
        return Grant(calls=wanted, retry_after_s=0)
    now = timezone.now()
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    keys = [f"budget:{account.pk}:bucket", f"budget:{account.pk}:{now:%Y%m%d}"]
    size = 0.0 if rate == 0 else max(1.0, (rate or 0) * BURST_S)
    try:
        script = redis_client().register_script(_TAKE)
        until_midnight = int((midnight - now).total_seconds()) + 1
        calls = int(
            script(keys=keys, args=[wanted, _number(rate), size, now.timestamp(), _number(daily), until_midnight])
        )
        if calls == wanted:
            return Grant(calls=calls, retry_after_s=0)
        used_up = daily is not None and int(redis_client().get(keys[1]) or 0) >= daily
    except redis.RedisError:
        return Grant(calls=0, retry_after_s=5)
    wait = (midnight - now).total_seconds() if used_up else max(1.0, 1 / rate) if rate else 60.0
    return Grant(calls=calls, retry_after_s=wait)


def _number(limit: float | None) -> float:
    """As the script takes it: below 0 is no limit, and a limit of 0 lets nothing pass."""
    return -1 if limit is None else limit
