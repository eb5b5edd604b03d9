"""What every task does beside its own work: it names itself in the logs, says that its worker is alive, and counts."""

from __future__ import annotations

import inspect
import logging
import time
from functools import cached_property
from typing import Any

from celery import Task
from django.db import DatabaseError

from tracking import logs
from tracking.jobs import counters, heartbeats

logger = logging.getLogger(__name__)


class PlatformTask(Task):  # type: ignore[type-arg]  # at run time it takes none
    """The class of all tasks. Called directly, as tests and `rundue` do, a task is the function it was made of."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        began, told = time.monotonic(), "failed"
        is_message = not self.request.called_directly
        fields = {"task_id": self.request.id} if is_message and self.request.id else {}
        with logs.bound(task=self.name, **fields, **self._ids(args)):
            if is_message:
                self._beat()
            try:
                answer = self.run(*args, **kwargs)
                told = "done"
                return answer
            finally:
                ms = round((time.monotonic() - began) * 1000)
                logger.info("task %s %s in %d ms", self.name, told, ms, extra={"fields": {"result": told, "ms": ms}})
                counters.flush()

    def _beat(self) -> None:
        try:
            heartbeats.beat("worker", self.request.hostname or "")
        except DatabaseError as error:
            logger.warning("no heartbeat: %s", type(error).__name__)

    def _ids(self, args: tuple[Any, ...]) -> dict[str, str]:
        """The arguments that name one row: `account_id` and its like."""
        return {name: str(value) for name, value in zip(self._names, args, strict=False) if name.endswith("_id")}

    @cached_property
    def _names(self) -> list[str]:
        return list(inspect.signature(self.run).parameters)
