"""`python docker/healthcheck.py PORT PATH`: ends with 0 if this container's own process answers 200 there.
`python docker/healthcheck.py ROLE`: ends with 0 if a process of that role was alive within the last minute.

A role's liveness is its row in the database; a worker's is written by a task that came through the broker. While
PostgreSQL cannot be asked nobody is called ill: killing a worker does not bring PostgreSQL back.
"""

import os
import sys
import urllib.request
from urllib.parse import urlsplit

_ALIVE = "SELECT EXISTS (SELECT FROM jobs_heartbeat WHERE role = %s AND beat_at > now() - interval '60 s')"


def main() -> None:
    """One or the other, by the number of arguments."""
    match sys.argv[1:]:
        case [port, path]:
            sys.exit(not answers(port, path))
        case [role]:
            sys.exit(not beats(role))
        case _:
            sys.exit(__doc__)


def answers(port: str, path: str) -> bool:
    """Asks as the proxy would: by the site's name."""
    site = urlsplit(os.environ.get("SITE_URL", "http://localhost")).netloc
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": site})
    with urllib.request.urlopen(request, timeout=4) as answer:  # noqa: S310
        return bool(answer.status == 200)


def beats(role: str) -> bool:
    """Whether any process of this role was alive within the last minute."""
    import psycopg2

    try:
        connection = psycopg2.connect(os.environ["DATABASE_URL"], connect_timeout=3)
    except psycopg2.OperationalError:
        return True
    with connection, connection.cursor() as cursor:
        cursor.execute(_ALIVE, [role])
        found = cursor.fetchone()
    connection.close()
    return found is not None and bool(found[0])


if __name__ == "__main__":
    main()
