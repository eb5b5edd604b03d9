"""The live stream's process, as an ASGI application: `granian --interface asgi tracking.asgi:application`."""

import os

import django
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracking.settings")
django.setup(set_prefix=False)

from tracking.portal.live import LiveApplication, Stream  # noqa: E402

application = LiveApplication(Stream(settings.REDIS_URL), allowed_origins=[settings.SITE_URL])
