"""Fields and bases that requests share. A message is "problem" or "problem, newline, cure"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

_EARLIEST, _LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses what it does not know: a misspelt field is named, with the nearest right one, rather than ignored."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = self._unknown(data)
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if isinstance(error.detail, dict) and unknown:
                raise serializers.ValidationError({**error.detail, **unknown}) from error
            raise
        if unknown:
            raise serializers.ValidationError(unknown)
        return value

    def _unknown(self, data: Any) -> dict[str, list[str]]:
        if not isinstance(data, Mapping):
            return {}
        known = [name for name, field in self.fields.items() if not field.read_only]
        found = {}
        for name in data:
            if name not in known:
                near = get_close_matches(str(name), known, n=1)
                cure = f"Did you mean `{near[0]}`?" if near else f"These are known: {', '.join(known)}."
                found[str(name)[:60]] = [f"is not known here\n{cure}"]
        return found


class ValueField(serializers.ChoiceField):
    """One of a closed list; a wrong one is answered with the nearest right ones."""

    def fail(self, key: str, **kwargs: Any) -> None:  # type: ignore[override]
        if key != "invalid_choice":
            super().fail(key, **kwargs)
        given, known = str(kwargs["input"])[:40], [str(choice) for choice in self.choices]
        near = get_close_matches(given.lower(), known, n=3, cutoff=0.5) if len(known) > 12 else known
        cure = f"Did you mean {' or '.join(near)}?" if len(known) > 12 and near else f"Send one of {', '.join(near)}."
        if not near:
            cure = "GET /api/v1/schema lists those that are."
        raise serializers.ValidationError(f"“{given}” is not one of the known values\n{cure}")


class CountryField(serializers.CharField):
    """Two letters of ISO 3166-1; whether there is such a country is checked by the service."""

    _shape = re.compile(r"[A-Za-z]{2}\Z", re.ASCII)

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", "ISO 3166-1 alpha-2.")
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if text and not self._shape.match(text):
            raise serializers.ValidationError(
                f"“{text[:40]}” is not a country code\nSend two letters of ISO 3166-1, such as DE."
            )
        return text.upper()


@extend_schema_field({"type": "string", "format": "date-time"})
class MomentField(serializers.Field[datetime, Any, str, Any]):
    """An instant with its UTC offset, kept as told: the wall clock matters as much as the instant."""

    def to_internal_value(self, data: Any) -> datetime:
        cure = "Write it as 2026-05-01T14:30:00+08:00."
        try:
            moment = datetime.fromisoformat(data if isinstance(data, str) else "")
        except ValueError:
            raise serializers.ValidationError(f"“{str(data)[:40]}” is no date and time\n{cure}") from None
        if moment.tzinfo is None:
            raise serializers.ValidationError(f"has no UTC offset, and none is guessed\n{cure}")
        if not _EARLIEST <= moment < _LATEST:
            raise serializers.ValidationError(f"the year {moment.year} is out of range\n{cure}")
        return moment

    def to_representation(self, value: datetime) -> str:
        return value.isoformat()


class DayField(serializers.DateField):
    """A date without a time."""

    default_error_messages = {
        "invalid": "is no date\nWrite a date as 2026-05-01.",
        "datetime": "is a date with a time\nWrite a date as 2026-05-01.",
    }


class ManyField(serializers.ListField):
    """Several values of a query parameter: `status=delivered,returned`, or the parameter sent several times."""

    def to_internal_value(self, data: Any) -> list[Any]:
        texts = [data] if isinstance(data, str) else data
        return super().to_internal_value([part.strip() for text in texts for part in text.split(",") if part.strip()])


def text_field(words: str, **more: Any) -> serializers.CharField:
    return serializers.CharField(help_text=words, **more)


def moment_field(words: str, **more: Any) -> serializers.DateTimeField:
    return serializers.DateTimeField(help_text=words, **more)


def value_field(words: str, choices: Any, **more: Any) -> serializers.ChoiceField:
    return serializers.ChoiceField(choices=[str(choice) for choice in choices], help_text=words, **more)


def count_field(words: str) -> serializers.IntegerField:
    return serializers.IntegerField(help_text=words)
