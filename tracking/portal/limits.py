"""How often one address may look numbers up. Counted in Redis; without Redis nobody may, because then nobody counts."""

from __future__ import annotations

import hashlib
import hmac
import time

import redis
from django.conf import settings
from django.http import HttpRequest

from tracking.proxies import client_address
from tracking.shipments.live import redis_client

WINDOW_S = 60
LOOK_UPS = 30
_WITHOUT_REDIS_S = 30


def wait_s(request: HttpRequest, what: str, most: int = LOOK_UPS) -> int:
    """0 where the look-up may go on, else the seconds to wait. Every call counts as one."""
    now = int(time.time())
    # The address itself is not kept, only its keyed digest, for a minute.
    digest = hmac.new(settings.SECRET_KEY.encode(), client_address(request).encode(), hashlib.sha256).hexdigest()[:24]
    key = f"limit:{what}:{digest}:{now // WINDOW_S}"
    try:
        pipe = redis_client().pipeline(transaction=False)
        pipe.incr(key)
        pipe.expire(key, WINDOW_S + 5)
        count = int(pipe.execute()[0])
    except redis.RedisError:
        return _WITHOUT_REDIS_S
    return 0 if count <= most else WINDOW_S - now % WINDOW_S
