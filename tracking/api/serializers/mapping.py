"""What requests and answers about unknown wordings, the phrasebook and replays look like."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from carriers.vocabulary import EventCode, Reason
from tracking.api.serializers.answers import Answer
from tracking.api.serializers.fields import (
    StrictSerializer,
    ValueField,
    count_field,
    moment_field,
    text_field,
    value_field,
)
from tracking.api.serializers.filters import PageFilter
from tracking.api.serializers.requests import TELLABLE_CODES
from tracking.mapping.models import Replay

_CARRIER = "Slug of the carrier whose words they are."


REPLAY_STATES = [str(state) for state in Replay.State.values]


class ExampleAnswer(Answer):
    """An event that no table knows."""

    shipment = text_field("Our number.")
    text = text_field("The carrier's words, at most 160 characters.")
    received_at = moment_field("When we received it.")


class PhrasebookRowAnswer(Answer):
    """What you decided that a carrier's code or wording means. Never edited: a change is another row."""

    id = serializers.UUIDField(help_text="Names it in addresses.")
    carrier = text_field(_CARRIER)
    raw_code = text_field("The carrier's code; empty for any.")
    wording = text_field("The whole wording, folded; empty where a pattern or the code alone is meant.")
    pattern = text_field("Searched in the carrier's text, ignoring case; else empty.")
    event_code = value_field("What it means.", EventCode)
    reason = value_field("Why, where the words tell.", Reason, allow_null=True)
    note = text_field("For people.")
    author = text_field("Who decided it: a person, or an API key.")
    created_at = moment_field("Since when it counts.")
    version = count_field("1 for the first meaning of these words, one more with every change.")
    replaces = serializers.UUIDField(allow_null=True, help_text="The row that it took the place of.")
    ended_at = moment_field("When it ceased to count; null while it does.", allow_null=True)


class UnknownAnswer(Answer):
    """Events of one carrier, code and wording that no table knows."""

    carrier = text_field(_CARRIER)
    raw_code = text_field("The carrier's code.")
    wording = text_field("The text with its numbers as `#`, in lower case: what a row's `text` is compared with.")
    count = count_field("Events.")
    shipments = count_field("Shipments that have such an event.")
    first_at = moment_field("When the first was received.")
    last_at = moment_field("When the latest was received.")
    examples = ExampleAnswer(many=True, help_text="Up to five, of different shipments, the newest first.")
    row = PhrasebookRowAnswer(allow_null=True, help_text="What they will be once they are replayed; null: not mapped.")


class UnknownPage(Answer):
    """A page of the queue, the most frequent first."""

    results = UnknownAnswer(many=True, help_text="The groups.")
    next_cursor = text_field("Fetches the next page as `cursor`; null at the end.", allow_null=True)
    is_cut = serializers.BooleanField(help_text="There are more than 50,000 such events; the counts are of so many.")


class UnderstoodAnswer(Answer):
    """How much of what a carrier told has a known code."""

    carrier = text_field(_CARRIER)
    recent_rate = serializers.FloatField(allow_null=True, help_text="Of the last 30 days, 0 to 1; null: told nothing.")
    recent_events = count_field("Events received in the last 30 days.")
    recent_unknown = count_field("Those of them that no table knows.")
    rate = serializers.FloatField(allow_null=True, help_text="Of all time, 0 to 1.")
    events = count_field("Events received ever.")
    unknown = count_field("Those of them that no table knows.")
    counted_at = moment_field("When these figures were counted: once an hour, and after a replay.")


class UnderstoodList(Answer):
    """Every carrier that told you anything, the least understood first."""

    results = UnderstoodAnswer(many=True, help_text="The carriers.")


class PatchAnswer(Answer):
    """Your rows of a carrier, for its fact sheet."""

    carrier = text_field("Slug.")
    rows = count_field("How many rows stand.")
    toml = text_field("To be pasted at the end of the sheet's [status], before the first [[phrase]].")
    diff = text_field("The same as a diff of the fact sheet, for `git apply`.")


class EventChangeAnswer(Answer):
    """An event that a replay changes."""

    shipment = text_field("Our number.")
    at = text_field("The time as the carrier printed it.")
    old = text_field("Its code before; empty: it is new.")
    new = text_field("Its code now; empty: no answer tells it any more.")
    raw_code = text_field("The carrier's code.")
    text = text_field("The carrier's words, at most 80 characters.")


class StatusChangeAnswer(Answer):
    """A shipment whose status a replay changes."""

    shipment = text_field("Our number.")
    old = text_field("Before.")
    new = text_field("Now.")


class ReplayAnswer(Answer):
    """A reading of old raw answers with today's tables. A dry run changes nothing and has the same figures."""

    id = serializers.UUIDField(help_text="Names it in addresses.")
    carrier = text_field("Whose answers; null where a shipment is named.", allow_null=True)
    shipment = text_field("Our number; null where a carrier is named.", allow_null=True)
    is_dry = serializers.BooleanField(help_text="Nothing is changed.")
    state = value_field("How far it is.", REPLAY_STATES)
    started_by = text_field("Who asked for it.")
    created_at = moment_field("When it was asked for.")
    started_at = moment_field("When it began.", allow_null=True)
    finished_at = moment_field("When it ended.", allow_null=True)
    failure = text_field("What broke, on our side; empty where nothing did.")
    shipments_total = count_field("Shipments to look at, when it began.")
    shipments_seen = count_field("Looked at so far.")
    shipments_replayed = count_field("That have such answers.")
    shipments_changed = count_field("That look different to a reader.")
    shipments_broken = count_field("Left as they were by a failure of ours.")
    answers_read = count_field("Raw answers that were read.")
    answers_unreadable = count_field("Raw answers that nobody can read; their events stay.")
    events_unchanged = count_field("Events that read as before.")
    events_changed = count_field("Events that read otherwise.")
    events_new = count_field("Events that were not read before.")
    events_gone = count_field("Events that no answer tells any more.")
    statuses_changed = count_field("Shipments whose status is another.")
    event_sample = EventChangeAnswer(many=True, help_text="The first 50 events that change.")
    status_sample = StatusChangeAnswer(many=True, help_text="The first 50 statuses that change.")


class UnknownFilter(StrictSerializer):
    """Which page of the queue."""

    carrier = serializers.CharField(required=False, default="", max_length=60, help_text=_CARRIER)
    cursor = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=400,
        help_text="`next_cursor` of the page before; 50 groups each.",
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
