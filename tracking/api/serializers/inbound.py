"""What requests and answers about partners' files, their events and transport units look like."""

from __future__ import annotations

from rest_framework import serializers

from carriers.messages import Format, ReferenceKind
from carriers.vocabulary import EventCode
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
from tracking.inbound.json_events import MOST as MOST_EVENTS
from tracking.inbound.models import InboundFile, InboundItem, TransportUnit
from tracking.inbound.units import MOST_NUMBERS

FILE_FORMATS = [*(str(known) for known in Format), "json"]
FILE_STATES = [str(state) for state in InboundFile.State.values]
ITEM_STATES = [str(state) for state in InboundItem.State.values]
UNIT_KINDS = [str(kind) for kind in TransportUnit.Kind.values]
_FORMATS = [str(known) for known in Format]
_CARRIER = "The partner: a slug whose fact sheet knows its codes, or a name."


class EventRow(StrictSerializer):
    """An event of your partner, as the CSV's columns: at least `number`, `occurred_at`, and `code` or `text`."""

    number = text_field("Our number, an order's, a leg's, or a unit's: an air waybill, a container.", max_length=80)
    kind = value_field("What sort of number it is; left out, any that fits.", ReferenceKind, required=False)
    occurred_at = text_field("ISO 8601 with an offset; without one, `zone` or the place must tell it.", max_length=60)
    zone = text_field("IANA time zone, such as Asia/Shanghai.", required=False, max_length=40)
    code = text_field("One of our event codes, or the partner's own where its fact sheet knows it.", required=False)
    reason = text_field("One of our reasons.", required=False, max_length=40)
    text = text_field("In the partner's words.", required=False, max_length=2000)
    place = text_field("A town, an airport's three letters, or a UN/LOCODE.", required=False, max_length=160)
    country = text_field("ISO 3166-1 alpha-2, or a name.", required=False, max_length=80)
    carrier = text_field(_CARRIER, required=False, max_length=80)
    id = text_field("The partner's own id of the event, where it has one.", required=False, max_length=120)


class EventsRequest(StrictSerializer):
    """Events of partners, told at once; a bad one does not stop the others."""

    events = EventRow(many=True, help_text=f"1 to {MOST_EVENTS} events.")
    carrier = text_field(_CARRIER, required=False, max_length=80)


class FileFilter(StrictSerializer):
    """What is sent, and how."""

    format = value_field("What the body is.", _FORMATS)
    name = text_field("How you call the file.", required=False, default="", allow_blank=True, max_length=120)
    carrier = text_field(_CARRIER, required=False, default="", allow_blank=True, max_length=80)
    dry_run = serializers.BooleanField(
        required=False, default=False, help_text="Only say what would happen; nothing is kept."
    )


class ItemFilter(PageFilter):
    """Which events of a file."""

    state = value_field("Only those in this state.", ITEM_STATES, required=False)


class UnitFilter(PageFilter):
    """Which units."""

    kind = value_field("Only of this kind.", UNIT_KINDS, required=False)
    reference = text_field("Whose reference has these letters and digits.", required=False, max_length=80)


class UnitRequest(StrictSerializer):
    """Something that shipments travel in together."""

    kind = ValueField(choices=UNIT_KINDS, help_text="What it is.")
    reference = text_field("Its number: 160-44556606, CSQU3054383.", max_length=80)
    carrier = text_field("Slug of GET /carriers, or a name.", required=False, allow_blank=True, max_length=80)


class MembersRequest(StrictSerializer):
    """What travels in the unit."""

    shipments = serializers.ListField(
        child=serializers.CharField(max_length=80),
        allow_empty=False,
        max_length=MOST_NUMBERS,
        help_text="Our numbers, order numbers, or references of other units (one level deep).",
    )


class RemovalFilter(StrictSerializer):
    """How it is taken out."""

    was_never_in = serializers.BooleanField(
        required=False, default=False, help_text="It was a mistake: the events it was told of the unit count no more."
    )


class FileProblemAnswer(Answer):
    """Something in a file that could not be read."""

    where = text_field("Line, row, segment or event.")
    column = text_field("Which column, where there are any.")
    detail = text_field("What is wrong.")
    cure = text_field("What to do about it.")
    extract = text_field("The beginning of what stands there.")


class FileAnswer(Answer):
    """What a partner sent."""

    id = serializers.UUIDField(help_text="Names it in addresses.")
    format = value_field("What it is.", FILE_FORMATS)
    name = text_field("How you called it.")
    carrier = text_field("The partner, as a slug or name; may be empty.")
    size = count_field("Bytes.")
    received_at = moment_field("When we received it.")
    state = value_field("`waiting` while it is being told, `failed` when we could not.", FILE_STATES)
    events = count_field("Events read.")
    matched = count_field("Events and estimates that reached something of yours.")
    unmatched = count_field("Those whose number nothing has; tried again for 30 days.")
    problem_count = count_field("What could not be read.")
    problems = FileProblemAnswer(many=True, help_text="The first 1,000.")


class ReadItemAnswer(Answer):
    """An event or estimate of a file."""

    where = text_field("Where it stands in the file.")
    references = serializers.ListField(child=serializers.CharField(), help_text="The numbers it is told under.")
    event_code = value_field("What happened; null for an estimate.", EventCode, allow_null=True)
    estimate = value_field(
        "`delivery` or `arrival` for an estimate; else null.", ("delivery", "arrival"), allow_null=True
    )
    raw_code = text_field("The partner's code.")
    text = text_field("In the partner's or the standard's words.")
    occurred_at = moment_field("When; null where the offset is not known.", allow_null=True)
    place = text_field("Where, as told.")
    is_part = serializers.BooleanField(help_text="Of some of the pieces only: told as a note.")
    shipments = count_field("To how many shipments it was told, or would be.")


class ItemAnswer(ReadItemAnswer):
    """An event or estimate that was kept."""

    id = serializers.UUIDField(help_text="Names it.")
    state = value_field("What became of it.", ITEM_STATES)
    unit = serializers.UUIDField(allow_null=True, help_text="The unit that it was matched with.")


class PreviewRowAnswer(ReadItemAnswer):
    """What one row would do."""

    matched_by = text_field("The number that something of yours has; null where nothing has one.", allow_null=True)


class PreviewAnswer(Answer):
    """What a file would do."""

    events = count_field("Events read.")
    matched = count_field("Events and estimates that would reach something of yours.")
    unmatched = count_field("Those whose number nothing has.")
    rows = PreviewRowAnswer(many=True, help_text="The first 500.")
    problems = FileProblemAnswer(many=True, help_text="The first 1,000.")


class EventResultAnswer(Answer):
    """What became of one event of a list."""

    index = count_field("Its place in the list, from 0.")
    is_accepted = serializers.BooleanField(help_text="It is kept and told; false: see `problem`.")
    matched_by = text_field(
        "The number that something of yours has; null: kept, and tried for 30 days.", allow_null=True
    )
    shipments = count_field("How many shipments it reaches.")
    problem = FileProblemAnswer(allow_null=True, help_text="Why it was refused.")


class EventsAnswer(Answer):
    """What became of each event, in the order they were sent."""

    file = serializers.UUIDField(help_text="Under which they are kept; GET /inbound/files/{file_id}.")
    accepted = count_field("Events that are kept and told.")
    refused = count_field("Events that are not.")
    results = EventResultAnswer(many=True, help_text="One for each event.")


class UnitAnswer(Answer):
    """Something that shipments travel in together."""

    id = serializers.UUIDField(help_text="Names it in addresses.")
    kind = value_field("What it is.", UNIT_KINDS)
    reference = text_field("Its number.")
    carrier = text_field("Slug of its carrier, where we know it.", allow_null=True)
    carrier_name = text_field("Its carrier's name, as far as told.")
    estimated_arrival_at = moment_field("When it should arrive, by the last message that said so.", allow_null=True)
    shipments = count_field("How many travel in it, and in the units inside it.")
    created_at = moment_field("When it was made.")


class MemberUnitAnswer(Answer):
    """A unit inside a unit."""

    id = serializers.UUIDField(help_text="Names it in addresses.")
    kind = value_field("What it is.", UNIT_KINDS)
    reference = text_field("Its number.")


class MemberAnswer(Answer):
    """Something that travels in a unit."""

    id = serializers.UUIDField(help_text="Names the membership.")
    shipment = text_field("Our number; null where it is a unit.", allow_null=True)
    order_number = text_field("Yours.")
    unit = MemberUnitAnswer(allow_null=True, help_text="The unit; null where it is a shipment.")
    added_at = moment_field("When it was put in.")
    is_caught_up = serializers.BooleanField(help_text="It has been told what happened to the unit before.")


class UnitDetailAnswer(UnitAnswer):
    """A unit with what travels in it."""

    members = MemberAnswer(many=True, help_text="The first 1,000 that are in it now.")


class UnfoundAnswer(Answer):
    """A number that could not be put in."""

    number = text_field("As sent.")
    detail = text_field("Why not.")


class MembersAnswer(Answer):
    """What was put in, and what was not."""

    added = count_field("How many are new in it.")
    problems = UnfoundAnswer(many=True, help_text="Numbers that could not be put in.")
    unit = UnitDetailAnswer(help_text="The unit now.")
