"""`python docker/healthcheck.py PORT PATH`: ends with 0 if this container's own process answers 200 there."""

import os
import sys
import urllib.request
from urllib.parse import urlsplit


def main() -> None:
    """Asks as the proxy would: by the site's name."""
    port, path = sys.argv[1:]
    site = urlsplit(os.environ.get("SITE_URL", "http://localhost")).netloc
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": site})
    with urllib.request.urlopen(request, timeout=4) as answer:  # noqa: S310
        sys.exit(answer.status != 200)


if __name__ == "__main__":
    main()
