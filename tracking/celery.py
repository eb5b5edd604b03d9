"""The Celery application. Its settings are the `CELERY_*` names of tracking/settings.py; its tasks carry ids only."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_before_create_process, worker_init, worker_shutting_down

from tracking.jobs import forking, stopping

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracking.settings")

app = Celery("tracking", task_cls="tracking.jobs.platform_task:PlatformTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """Django has configured the logs; a receiver here keeps Celery from configuring them again."""


# Between two rounds of calls a task looks whether its worker is ending, and gives the rest back.
worker_init.connect(stopping.resume)
worker_shutting_down.connect(stopping.stop)
# The pool's processes share what their parent has loaded.
worker_before_create_process.connect(forking.share)
