"""The Celery application. Its settings are the `CELERY_*` names of tracking/settings.py; its tasks carry ids only."""

from __future__ import annotations

import os
import signal
from functools import partial
from types import FrameType
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_before_create_process, worker_ready

from tracking.jobs import forking, stopping

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracking.settings")

app = Celery("tracking", task_cls="tracking.jobs.platform_task:PlatformTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """Django has configured the logs; a receiver here keeps Celery from configuring them again."""


@worker_ready.connect
def tell_tasks_of_the_end(**_: Any) -> None:
    """A signal that ends the worker is first told to its tasks, which then give back what they have not begun.

    Celery's own `worker_shutting_down` comes after the soft shutdown's wait, too late for them.
    """
    stopping.resume()
    for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGINT):
        signal.signal(number, partial(_end, signal.getsignal(number)))


def _end(celerys: Any, number: int, frame: FrameType | None) -> None:
    stopping.stop()
    if callable(celerys):
        celerys(number, frame)


# The pool's processes share what their parent has loaded.
worker_before_create_process.connect(forking.share)
