"""How long parcels stay as they are, as the platform's own events of half a year tell. Belongs to the site: the numbers
cross merchants and hold no merchant's data."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone


class DwellVersion(models.Model):
    """One row is what one night learned. The newest is in force; it appears in one transaction with all its cells."""

    id = models.BigAutoField(primary_key=True)
    learned_at = models.DateTimeField(default=timezone.now)
    since = models.DateTimeField()  # domain time: events before it were not counted
    dwells = models.PositiveBigIntegerField()
    took_s = models.FloatField()
    lags_h = models.JSONField(default=dict)  # by carrier: hours after an event at which its answers tell it

    def __str__(self) -> str:
        return f"{self.dwells} dwells, {self.learned_at:%Y-%m-%d}"


class DwellCell(models.Model):
    """One row is the dwells of one cell of `rules.dwell_counts`. `counts` are the lists of its `Counts`, one after
    another in the order of `as_json`."""

    id = models.BigAutoField(primary_key=True)
    version = models.ForeignKey(DwellVersion, on_delete=models.CASCADE, related_name="cells")
    level = models.CharField(max_length=20)
    key = models.CharField(max_length=120)
    dwells = models.PositiveBigIntegerField()
    counts = ArrayField(models.PositiveIntegerField())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "level", "key"], name="dwell_cell_once_a_version")]

    def __str__(self) -> str:
        return f"{self.level} {self.key}"
