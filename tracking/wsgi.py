"""The pages and the API, as a WSGI application; buyers' pages that are known are answered before Django is asked."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracking.settings")
_django = get_wsgi_application()

from tracking.portal.pagecache import CachedPages  # noqa: E402

application = CachedPages(_django)
