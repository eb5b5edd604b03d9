"""What requests and answers about unknown wordings, the phrasebook and replays look like."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from carriers.vocabulary import EventCode, Reason
from tracking.api.serializers.answers import Answer
from tracking.api.serializers.fields import StrictSerializer, ValueField
from tracking.api.serializers.filters import PageFilter
from tracking.api.serializers.requests import TELLABLE_CODES
from tracking.mapping.models import Replay
from tracking.mapping.unknown import MOST_PAGES

_CARRIER = "Slug of the carrier whose words they are."


REPLAY_STATES = [str(state) for state in Replay.State.values]


def _text(words: str, **more: Any) -> serializers.CharField:
    return serializers.CharField(help_text=words, **more)


def _moment(words: str, **more: Any) -> serializers.DateTimeField:
    return serializers.DateTimeField(help_text=words, **more)


def _value(words: str, choices: Any, **more: Any) -> serializers.ChoiceField:
    return serializers.ChoiceField(choices=[str(choice) for choice in choices], help_text=words, **more)


def _count(words: str) -> serializers.IntegerField:
    return serializers.IntegerField(help_text=words)


class ExampleAnswer(Answer):
    """An event that no table knows."""

    shipment = _text("Our number.")
    text = _text("The carrier's words, at most 160 characters.")
    received_at = _moment("When we received it.")


class PhrasebookRowAnswer(Answer):
    """What you decided that a carrier's code or wording means. Never edited: a change is another row."""

    id = serializers.UUIDField(help_text="Names it in addresses.")
    carrier = _text(_CARRIER)
    raw_code = _text("The carrier's code; empty for any.")
    wording = _text("The whole wording, folded; empty where a pattern or the code alone is meant.")
    pattern = _text("Searched in the carrier's text, ignoring case; else empty.")
    event_code = _value("What it means.", EventCode)
    reason = _value("Why, where the words tell.", Reason, allow_null=True)
    note = _text("For people.")
    author = _text("Who decided it: a person, or an API key.")
    created_at = _moment("Since when it counts.")
    version = _count("1 for the first meaning of these words, one more with every change.")
    replaces = serializers.UUIDField(allow_null=True, help_text="The row that it took the place of.")
    ended_at = _moment("When it ceased to count; null while it does.", allow_null=True)


class UnknownAnswer(Answer):
    """Events of one carrier, code and wording that no table knows."""

    carrier = _text(_CARRIER)
    raw_code = _text("The carrier's code.")
    wording = _text("The text with its numbers as `#`, in lower case: what a row's `text` is compared with.")
    count = _count("Events.")
    shipments = _count("Shipments that have such an event.")
    first_at = _moment("When the first was received.")
    last_at = _moment("When the latest was received.")
    examples = ExampleAnswer(many=True, help_text="Up to five, of different shipments, the newest first.")
    row = PhrasebookRowAnswer(allow_null=True, help_text="What they will be once they are replayed; null: not mapped.")


class UnknownPage(Answer):
    """A page of the queue, the most frequent first."""

    results = UnknownAnswer(many=True, help_text="The groups.")
    page = _count("Which page this is.")
    has_more = serializers.BooleanField(help_text="There is a next page.")
    is_cut = serializers.BooleanField(help_text="There are more than 50,000 such events; the counts are of so many.")


class UnderstoodAnswer(Answer):
    """How much of what a carrier told has a known code."""

    carrier = _text(_CARRIER)
    recent_rate = serializers.FloatField(allow_null=True, help_text="Of the last 30 days, 0 to 1; null: told nothing.")
    recent_events = _count("Events received in the last 30 days.")
    recent_unknown = _count("Those of them that no table knows.")
    rate = serializers.FloatField(allow_null=True, help_text="Of all time, 0 to 1.")
    events = _count("Events received ever.")
    unknown = _count("Those of them that no table knows.")
    counted_at = _moment("When these figures were counted: once an hour, and after a replay.")


class UnderstoodList(Answer):
    """Every carrier that told you anything, the least understood first."""

    results = UnderstoodAnswer(many=True, help_text="The carriers.")


class PatchAnswer(Answer):
    """Your rows of a carrier, for its fact sheet."""

    carrier = _text("Slug.")
    rows = _count("How many rows stand.")
    toml = _text("To be pasted at the end of the sheet's [status], before the first [[phrase]].")
    diff = _text("The same as a diff of the fact sheet, for `git apply`.")


class EventChangeAnswer(Answer):
    """An event that a replay changes."""

    shipment = _text("Our number.")
    at = _text("The time as the carrier printed it.")
    old = _text("Its code before; empty: it is new.")
    new = _text("Its code now; empty: no answer tells it any more.")
    raw_code = _text("The carrier's code.")
    text = _text("The carrier's words, at most 80 characters.")


class StatusChangeAnswer(Answer):
    """A shipment whose status a replay changes."""

    shipment = _text("Our number.")
    old = _text("Before.")
    new = _text("Now.")


class ReplayAnswer(Answer):
    """A reading of old raw answers with today's tables. A dry run changes nothing and has the same figures."""

    id = serializers.UUIDField(help_text="Names it in addresses.")
    carrier = _text("Whose answers; null where a shipment is named.", allow_null=True)
    shipment = _text("Our number; null where a carrier is named.", allow_null=True)
    is_dry = serializers.BooleanField(help_text="Nothing is changed.")
    state = _value("How far it is.", REPLAY_STATES)
    started_by = _text("Who asked for it.")
    created_at = _moment("When it was asked for.")
    started_at = _moment("When it began.", allow_null=True)
    finished_at = _moment("When it ended.", allow_null=True)
    failure = _text("What broke, on our side; empty where nothing did.")
    shipments_total = _count("Shipments to look at, when it began.")
    shipments_seen = _count("Looked at so far.")
    shipments_replayed = _count("That have such answers.")
    shipments_changed = _count("That look different to a reader.")
    shipments_broken = _count("Left as they were by a failure of ours.")
    answers_read = _count("Raw answers that were read.")
    answers_unreadable = _count("Raw answers that nobody can read; their events stay.")
    events_unchanged = _count("Events that read as before.")
    events_changed = _count("Events that read otherwise.")
    events_new = _count("Events that were not read before.")
    events_gone = _count("Events that no answer tells any more.")
    statuses_changed = _count("Shipments whose status is another.")
    event_sample = EventChangeAnswer(many=True, help_text="The first 50 events that change.")
    status_sample = StatusChangeAnswer(many=True, help_text="The first 50 statuses that change.")


class UnknownFilter(StrictSerializer):
    """Which page of the queue."""

    carrier = serializers.CharField(required=False, default="", max_length=60, help_text=_CARRIER)
    page = serializers.IntegerField(
        required=False, default=1, min_value=1, max_value=MOST_PAGES, help_text="From 1; 50 groups each."
    )


class RowFilter(PageFilter):
    """Which rows."""

    carrier = serializers.CharField(required=False, default="", max_length=60, help_text=_CARRIER)
    include_ended = serializers.BooleanField(
        required=False, default=False, help_text="Also those that no longer count."
    )


class CarrierFilter(StrictSerializer):
    """Which carrier."""

    carrier = serializers.CharField(max_length=60, help_text="Slug.")


class RowRequest(StrictSerializer):
    """What a code or wording means. Give `raw_code`, or one of `text` and `pattern`, or a code with one of them."""

    carrier = serializers.CharField(max_length=60, help_text=_CARRIER)
    raw_code = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=60, help_text="The carrier's code; empty for any."
    )
    text = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=2000,
        help_text="The whole wording. Numbers, gaps and the case of Latin letters do not matter.",
    )
    pattern = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=200,
        help_text=r"A part of the wording: words, `.*`, `(one|other)`, `x?`, `[a-z]`, `.`, `\d`, `\s`, `\b`, `^`, `$`.",
    )
    event_code = ValueField(
        choices=TELLABLE_CODES, help_text="What it means; `any.note` for what says nothing of the parcel."
    )
    reason = ValueField(choices=[reason.value for reason in Reason], required=False, help_text="Why, if it tells.")
    note = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=200, help_text="For people: how you know."
    )


class ReplayRequest(StrictSerializer):
    """Whose raw answers are read again: a carrier's, or one shipment's."""

    carrier = serializers.CharField(required=False, max_length=60, help_text="Slug.")
    shipment = serializers.CharField(required=False, max_length=100, help_text="Our number.")
    is_dry = serializers.BooleanField(
        required=False, default=True, help_text="Only say what would change. Send false to change it."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("carrier" in attrs) == ("shipment" in attrs):
            problem = "is given beside `shipment`" if "carrier" in attrs else "is missing"
            raise serializers.ValidationError({"carrier": [f"{problem}\nSend either `carrier` or `shipment`."]})
        return attrs
