"""When each job ran and how far it came, and when each process was last alive.

Belongs to the site: no merchant's data is here.
"""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class JobRun(models.Model):
    """One row is a job's run of one UTC day. Whoever inserts it runs the job, so any number of tickers do no harm."""

    name = models.CharField(max_length=60)
    on = models.DateField()
    started_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField()  # a run that died is begun again after it
    finished_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=1)
    told = models.CharField(max_length=400, blank=True)  # what the job did, or why it failed

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "on"], name="job_once_a_day")]

    def __str__(self) -> str:
        return f"{self.name} {self.on}"


class Heartbeat(models.Model):
    """One row is a process that was alive at `beat_at`: the ticker writes its own, a worker's is written by a task."""

    name = models.CharField(max_length=120, primary_key=True)  # role@host:pid
    role = models.CharField(max_length=20, db_index=True)
    started_at = models.DateTimeField(default=timezone.now)
    beat_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class Bookmark(models.Model):
    """One row is how far a job that goes through a table over many days has come."""

    name = models.CharField(max_length=60, primary_key=True)
    position = models.CharField(max_length=40)  # id of the last row that was looked at
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name
