"""The shapes of our answers, for the schema. `tracking.api.answers` makes the values; a test compares the two."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from carriers.events import TimePrecision, TimeSource
from carriers.facts import Evidence as SheetEvidence
from carriers.vocabulary import ActionBy, EventCode, Phase, Reason, Status
from tracking.api.errors import ErrorType
from tracking.api.serializers.fields import moment_field, text_field, value_field
from tracking.rules.attention import Attention
from tracking.rules.facts import Channel, Evidence, LegRole
from tracking.rules.milestones import Milestone
from tracking.rules.timeline import Holder
from tracking.shipments.models import Leg
from tracking.shipments.scheduling.refreshing import Hold

WHY_NOT = (
    "carrier_unknown",
    "no_adapter",
    "no_account",
    "account_refused",
    "account_paused",
    "refused",
    "ended",
)
LEG_STATES = [str(state) for state in Leg.State.values]
HOLDERS = (Holder.SELLER, Holder.CARRIER, Holder.CUSTOMS, Holder.BUYER)


class Answer(serializers.Serializer[Any]):
    """Every field is always there; null says that it is not known or does not apply."""


class ReasonAnswer(Answer):
    """Why a parcel is delayed, held or could not be delivered."""

    code = value_field("From the closed list of reasons.", Reason)
    label = text_field("In English.")  # type: ignore[assignment]
    action_by = value_field("Who has to act before the parcel goes on.", ActionBy)
    is_action_required = serializers.BooleanField(help_text="Nothing moves until that party acts.")


class EstimateAnswer(Answer):
    """When it should be at the door; dates in the recipient's zone."""

    earliest = serializers.DateField(help_text="Not before.")
    latest = serializers.DateField(help_text="Not after; the same as `earliest` where one day was named.")
    by = text_field("Slug of the carrier that says so.", allow_null=True)


class HolderAnswer(Answer):
    """Who has the parcel now."""

    kind = value_field("What sort of party.", HOLDERS)
    leg = serializers.UUIDField(allow_null=True, help_text="The leg on which it is.")


class MilestoneAnswer(Answer):
    """A stage and when it was first reached."""

    name = value_field("Which stage.", Milestone)
    reached_at = moment_field("When, in UTC.")


class CandidateAnswer(Answer):
    """A carrier whose number this may be."""

    carrier = text_field("Slug.")
    confidence = serializers.FloatField(help_text="0 to 1.")
    reason = text_field("What speaks for it, in English.")


class FailureAnswer(Answer):
    """Why the last call to the carrier failed. It says nothing about the parcel."""

    kind = text_field("not_found, try_later, refused, bad_answer or internal.")
    detail = text_field("In English, one line.")
    at = moment_field("When.", allow_null=True)


class OutageAnswer(Answer):
    """A carrier fails your account with it, whatever number it is asked for. It says nothing about the parcels."""

    since = moment_field("Of the first failed call.")
    kind = text_field("try_later (it does not answer), bad_answer (nobody can read it) or refused (your account).")
    asked_again_at = moment_field("When one call tries whether it is over; null where you must act.", allow_null=True)


class LegSummary(Answer):
    """One carrier's part of the journey, as lists show it."""

    id = serializers.UUIDField(help_text="Names the leg in addresses.")
    carrier = text_field("Slug; null where the carrier is not known to us.", allow_null=True)
    carrier_name = text_field("The carrier's own name.")
    number = text_field("The carrier's tracking number.")
    role = value_field("What the leg is for.", LegRole)
    state = value_field("Replaced legs are not shown.", LEG_STATES)


class LegAnswer(LegSummary):
    """One carrier's part of the journey, and how fresh our knowledge of it is."""

    fields_ = serializers.DictField(
        child=serializers.CharField(), help_text="What the carrier was told beside the number."
    )
    candidates = CandidateAnswer(
        many=True,
        help_text="Where the carrier was detected, whose number it may be, the likeliest first. PATCH chooses another.",
    )
    evidence = value_field("Why the leg belongs to the shipment.", Evidence)
    evidence_detail = text_field("Which field of an answer told of it.")
    told_by = text_field("Slug of the carrier whose answer told of it.", allow_null=True)
    opened_at = moment_field("Since when we follow it.")
    closed_at = moment_field("Since when we no longer do.", allow_null=True)
    is_polled = serializers.BooleanField(help_text="The carrier is being asked.")
    asked_through = text_field(
        "Slug of the carrier whose API is asked: its own, its group's or an aggregator's.", allow_null=True
    )
    is_pushed = serializers.BooleanField(
        help_text="It tells us of this number by itself too, and is asked a third as often."
    )
    why_not = value_field("Why the carrier is not asked; null where it is.", WHY_NOT, allow_null=True)
    next_check_at = moment_field("About when it is asked next.", allow_null=True)
    last_checked_at = moment_field("When it last answered.", allow_null=True)
    last_changed_at = moment_field("When it last told something new.", allow_null=True)
    last_failure = FailureAnswer(allow_null=True, help_text="Of this leg alone. Null once it answers again.")
    carrier_outage = OutageAnswer(allow_null=True, help_text="Null while the carrier answers for other numbers.")

    def get_fields(self) -> dict[str, Any]:
        """`fields` is the API's word, and the name of DRF's own attribute."""
        return {name.rstrip("_"): field for name, field in super().get_fields().items()}


class PlaceAnswer(Answer):
    """Where, as it was written and as far as we could tell."""

    text = text_field("In the carrier's words.")
    city = text_field("City.", allow_null=True)
    country = text_field("ISO 3166-1 alpha-2.", allow_null=True)
    zone = text_field("IANA time zone.", allow_null=True)


class SourceAnswer(Answer):
    """Who told of an event, in their own words."""

    carrier = text_field("Slug; null for somebody without an API.", allow_null=True)
    carrier_name = text_field("Their name.")
    channel = value_field("How it reached us.", Channel)
    leg = serializers.UUIDField(help_text="On which leg.")
    raw_code = text_field("Their code.")
    raw_text = text_field("Their words, untouched.")
    language = text_field("Of the words, BCP 47.", allow_null=True)


class EventAnswer(Answer):
    """One physical event; told by two carriers, it is still one, with two sources."""

    code = value_field("What happened, from the closed list of event codes.", EventCode)
    label = text_field("In English.")  # type: ignore[assignment]
    status = value_field("The shipment's status after it.", Status)
    phase = value_field("The shipment's phase after it.", Phase, allow_null=True)
    reason = ReasonAnswer(allow_null=True, help_text="Why, where it was told.")
    occurred_at = moment_field("When, in UTC; null where no zone is known, and none is guessed.", allow_null=True)
    local_time = text_field("The wall clock there, without a zone.", allow_null=True)
    utc_offset = text_field("Of the wall clock, such as +08:00.", allow_null=True)
    time_source = value_field("How the offset is known.", TimeSource)
    time_precision = value_field("How fine the clock was.", TimePrecision)
    place = PlaceAnswer(allow_null=True, help_text="Where.")
    sources = SourceAnswer(many=True, help_text="Who told it, the best-dated first.")


class SilenceAnswer(Answer):
    """How long nothing was reported of the parcel, and what is usual on this stretch."""

    since = moment_field("Of the last event.")
    hours = serializers.FloatField(help_text="Since then.")
    usual_hours = serializers.IntegerField(help_text="So long is still usual here.")
    is_unusual = serializers.BooleanField(help_text="It has been longer.")


class ShipmentSummary(Answer):
    """A shipment, as lists show it."""

    number = text_field("Ours: 17 symbols. The buyer follows the shipment by it.")
    display_number = text_field("The same in groups of four, for people.")
    order_number = text_field("Yours.")
    title = text_field("What is in it.")
    origin_country = text_field("ISO 3166-1 alpha-2.", allow_null=True)
    destination_country = text_field("ISO 3166-1 alpha-2.")
    destination_city = text_field("City.")
    promised_on = serializers.DateField(allow_null=True, help_text="The date promised to the buyer.")
    status = value_field("Where it stands.", Status)
    status_label = text_field("In English.")
    phase = value_field("On which stretch of the journey.", Phase, allow_null=True)
    event_code = value_field("The event that gave the status.", EventCode, allow_null=True)
    reason = ReasonAnswer(allow_null=True, help_text="Why it is delayed, held or failed; null once it moves again.")
    attention = serializers.ListField(
        child=value_field("A reason to look.", Attention), help_text="Why somebody should look, the most urgent first."
    )
    last_event_at = moment_field("When it was last heard of.", allow_null=True)
    last_event_label = text_field("What was heard, in English.", allow_null=True)
    last_event_place = text_field("Where.")
    delivered_at = moment_field("When it was delivered.", allow_null=True)
    estimated_delivery = EstimateAnswer(allow_null=True, help_text="When it should be at the door.")
    holder = HolderAnswer(allow_null=True, help_text="Who has it now.")
    milestones = MilestoneAnswer(many=True, help_text="The stages reached, in order.")
    legs = LegSummary(many=True, help_text="Its legs, in order.")
    tracking_url = serializers.URLField(help_text="The buyer's page.")
    version = serializers.IntegerField(help_text="One up (or more) with every change that a reader can see.")
    created_at = moment_field("When it was registered.")
    archived_at = moment_field("When it was deleted.", allow_null=True)


class ShipmentAnswer(ShipmentSummary):
    """A shipment whole: legs with their freshness, and every event."""

    legs = LegAnswer(many=True, help_text="Its legs, in order.")
    events = EventAnswer(many=True, help_text="The merged timeline, the oldest first.")
    silence = SilenceAnswer(allow_null=True, help_text="Null once nothing more is expected.")


class RawAnswerSummary(Answer):
    """What a carrier sent for a leg: when, and whether we could read it."""

    id = serializers.UUIDField(help_text="Names it in addresses.")
    leg = serializers.UUIDField(help_text="For which leg.")
    carrier = text_field("Slug.", allow_null=True)
    channel = value_field("How it reached us.", Channel)
    received_at = moment_field("When.")
    http_status = serializers.IntegerField(allow_null=True, help_text="Of the carrier's answer.")
    failure = text_field("Why it could not be read.", allow_null=True)
    size = serializers.IntegerField(help_text="Bytes.")


class RawAnswerDetail(RawAnswerSummary):
    """What a carrier sent for a leg, verbatim."""

    body = text_field("As text; bytes that are not UTF-8 stand as \\x.. escapes.")
    is_exact = serializers.BooleanField(help_text="The text is the bytes, unescaped.")


class CarrierFieldAnswer(Answer):
    """Something a carrier needs beside the number."""

    name = text_field("Its name in a leg's `fields`.")
    label = text_field("What it is, in English.")  # type: ignore[assignment]
    pattern = text_field("A regular expression it must match.")
    is_required = serializers.BooleanField(help_text="The carrier tells nothing without it.")


class CarrierAnswer(Answer):
    """A carrier whose numbers we know."""

    slug = text_field("Its name in this API.")
    name = text_field("Its own name.")
    kind = text_field("post, express, parcel, cross_border, freight or aggregator.")
    countries = serializers.ListField(
        child=serializers.CharField(), help_text="Where it is at home, ISO 3166-1 alpha-2."
    )
    is_polled = serializers.BooleanField(
        help_text="We can ask it; otherwise its numbers are recognised and linked only."
    )
    is_pushing = serializers.BooleanField(help_text="It can push to us.")
    evidence = value_field("How well our reading of it is founded.", SheetEvidence)
    fields_ = CarrierFieldAnswer(many=True, help_text="What it needs beside the number.")
    outage = OutageAnswer(allow_null=True, help_text="Null while it serves your account, or you have none with it.")
    website = serializers.URLField(allow_null=True, help_text="Its site.")

    def get_fields(self) -> dict[str, Any]:
        """`fields` is the API's word, and the name of DRF's own attribute."""
        return {name.rstrip("_"): field for name, field in super().get_fields().items()}


class CarrierList(Answer):
    """Every carrier, by slug."""

    results = CarrierAnswer(many=True, help_text="The carriers.")


class NamedCandidate(CandidateAnswer):
    """A carrier whose number this may be, by name."""

    carrier_name = text_field("The carrier's own name.")
    is_polled = serializers.BooleanField(help_text="We can ask it.")


class DetectionAnswer(Answer):
    """Whose number it may be."""

    number = text_field("Without spaces and dashes, taken out of a pasted link.")
    candidates = NamedCandidate(many=True, help_text="The likeliest first; may be empty.")
    note = text_field("What else is known of it.")


class RefreshWaitAnswer(Answer):
    """A leg that is not asked at this moment."""

    leg = serializers.UUIDField(help_text="The leg.")
    carrier = text_field("Slug of whoever is asked for it.")
    why = value_field(
        "`fresh`: it has just been asked. `account_rests`: the carrier does not answer, or wants us to wait."
        " `budget_spent`: its calls are used up. `asked_often`: this shipment had its urgent calls for today.",
        Hold,
    )
    until = moment_field("When it is asked again, or may be.")


class RefreshAnswer(Answer):
    """How many legs are asked now, and why others are not."""

    legs_due = serializers.IntegerField(help_text="Legs whose carrier is asked within seconds.")
    expected_at = moment_field("When the answers should be here; null where nobody is asked.", allow_null=True)
    waits = RefreshWaitAnswer(many=True, help_text="Legs that are not asked now.")


class ProblemField(Answer):
    """A field that cannot be taken."""

    field = text_field("A dotted path such as legs.0.number; empty for the body as a whole.")
    problem = text_field("What is wrong.")
    cure = text_field("What to do.")


class ProblemBody(Answer):
    """What went wrong."""

    type = value_field("For programs.", ErrorType)
    message = text_field("For people.")
    fields_ = ProblemField(many=True, help_text="Which fields, where it is about fields.")
    request_id = text_field("Under which our logs know the request.")

    def get_fields(self) -> dict[str, Any]:
        """`fields` is the API's word, and the name of DRF's own attribute."""
        return {name.rstrip("_"): field for name, field in super().get_fields().items()}


class ProblemAnswer(Answer):
    """Every refusal has this shape."""

    error = ProblemBody(help_text="What went wrong.")


def paged(row: type[Answer]) -> Any:
    """A page of such rows."""
    return inline_serializer(
        f"{row.__name__.removesuffix('Summary')}Page",
        {
            "results": row(many=True, help_text="The rows, the newest first."),
            "next_cursor": text_field("Fetches the rows that follow, as `cursor`; null at the end.", allow_null=True),
        },
    )
