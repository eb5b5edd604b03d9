from __future__ import annotations

from datetime import date

import pytest

from carriers.vocabulary import EventCode, Phase, Reason
from tests.tracking.rules.facts_of import LEGS, START, at, journey, told
from tracking.rules.attention import Attention, attention, is_late, next_look, silence
from tracking.rules.facts import EventFact
from tracking.rules.timeline import fold


def reasons(
    events: list[EventFact], hours: float, *, promised_on: date | None = None, trouble: bool = False
) -> list[str]:
    timeline = fold(events, LEGS, origin="CN", destination="DE")
    return list(
        attention(
            timeline,
            registered_at=START,
            promised_on=promised_on,
            zone="Europe/Berlin",
            has_carrier_trouble=trouble,
            now=at(hours),
        )
    )


def test_a_parcel_on_its_way_needs_nobody() -> None:
    assert reasons(journey()[:5], 60) == []


@pytest.mark.parametrize(
    ("code", "reason", "expected"),
    [
        (EventCode.IMPORT_CUSTOMS_PAYMENT_REQUIRED, Reason.CUSTOMS_DUTIES_UNPAID, Attention.ACTION_NEEDED),
        (EventCode.IMPORT_CUSTOMS_HELD, Reason.CUSTOMS_INVOICE_MISSING, Attention.ACTION_NEEDED),
        (EventCode.IMPORT_CUSTOMS_INSPECTION, Reason.CUSTOMS_QUARANTINE, Attention.HELD),
        (EventCode.LAST_MILE_ATTEMPT_FAILED_ABSENT, None, Attention.FAILED),
        (EventCode.RETURN_STARTED, None, Attention.RETURNING),
        (EventCode.UNKNOWN, None, Attention.UNKNOWN_CODE),
    ],
)
def test_what_needs_an_eye_is_named(code: EventCode, reason: Reason | None, expected: Attention) -> None:
    assert expected in reasons([*journey()[:6], told(code, 61, reason=reason)], 62)


def test_silence_beyond_the_norm_of_the_stretch_is_named_and_a_carriers_trouble_is_not_silence() -> None:
    assert Attention.SILENT not in reasons(journey()[:4], 40 + 190)
    assert Attention.SILENT in reasons(journey()[:4], 40 + 193)
    assert reasons(journey()[:4], 40 + 193, trouble=True) == [Attention.CARRIER_TROUBLE]


def test_the_promised_day_ends_in_the_recipients_zone() -> None:
    promised = date(2026, 11, 5)
    assert not is_late(promised, None, at(86.9), "Europe/Berlin", is_final=False)
    assert is_late(promised, None, at(87), "Europe/Berlin", is_final=False)  # 23:00 UTC on the 5th is the 6th in Berlin
    assert not is_late(promised, None, at(87), "America/Los_Angeles", is_final=False)


def test_a_delivered_parcel_is_never_silent_nor_late_in_the_queue() -> None:
    assert reasons(journey(), 5000, promised_on=date(2026, 11, 3)) == []
    assert reasons([*journey(), told(EventCode.UNKNOWN, 61)], 5000) == []


def test_silence_says_since_when_how_long_and_what_is_usual() -> None:
    timeline = fold(journey()[:4], LEGS, origin="CN", destination="DE")
    quiet = silence(timeline, START, at(100))
    assert quiet is not None
    assert (quiet.since, quiet.hours, quiet.norm_h, quiet.is_unusual) == (at(40), 60, 192, False)
    assert timeline.phase is Phase.LINEHAUL
    assert next_look(timeline, None, START, at(100)) == [at(40 + 192)]


def test_while_the_carrier_does_not_answer_nothing_becomes_silent_and_what_was_silent_stays_so() -> None:
    timeline = fold(journey()[:4], LEGS, origin="CN", destination="DE")
    usual = {"registered_at": START, "promised_on": None, "zone": None, "has_carrier_trouble": False}
    assert attention(timeline, **usual, now=at(40 + 300)) == (Attention.SILENT,)
    assert attention(timeline, **usual, now=at(40 + 300), deaf_since=at(40 + 190)) == ()
    assert attention(timeline, **usual, now=at(40 + 300), deaf_since=at(40 + 193)) == (Attention.SILENT,)
    quiet = silence(timeline, START, at(40 + 300), at(40 + 190))
    assert quiet is not None
    assert (quiet.hours, quiet.is_unusual) == (190, False)
    # Somebody looks again when it may be over: the day of the norm, or an hour later.
    assert next_look(timeline, None, START, at(40 + 100), at(40 + 50)) == [at(40 + 192)]
    assert next_look(timeline, None, START, at(40 + 300), at(40 + 190)) == [at(40 + 301)]
