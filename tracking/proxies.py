"""Who asks: the reader's address, as far as our own reverse proxies can be believed."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The reader's IP address.

    With TRUSTED_PROXIES=n it is the n-th from the right of X-Forwarded-For: what is further left, anyone may have
    written. Without proxies, or where the header is short or malformed, it is the address of the connection.
    """
    direct = str(request.META.get("REMOTE_ADDR", ""))
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    proxies = settings.TRUSTED_PROXIES
    if not proxies or len(hops) < proxies:
        return direct
    try:
        return str(ip_address(hops[-proxies]))
    except ValueError:
        return direct
