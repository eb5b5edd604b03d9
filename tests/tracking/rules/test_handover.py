from __future__ import annotations

from uuid import UUID

from carriers.events import NextLeg
from carriers.vocabulary import EventCode
from tests.tracking.rules.facts_of import LAST_MILE, LINEHAUL, journey, told
from tracking.rules.facts import Evidence, LegFact
from tracking.rules.handover import from_answer, from_same_s10
from tracking.rules.timeline import fold

POSTS = {"DE": "dhl_unified", "GB": "royalmail"}
ISSUERS = {"CN", "DE", "GB"}
S10 = LegFact(id=UUID(int=7), position=1, carrier="china_post", number="LX402917364CN")


def test_a_partner_number_in_the_answer_opens_the_next_leg() -> None:
    told_next = NextLeg(number="00340434161094027331", carrier="dhl_unified", evidence="exchange_number")
    proposal = from_answer(LINEHAUL, told_next, [LINEHAUL])
    assert proposal is not None
    assert (proposal.carrier, proposal.number) == ("dhl_unified", "00340434161094027331")
    assert (proposal.evidence, proposal.told_by, proposal.detail) == (
        Evidence.PARTNER_NUMBER,
        "yunexpress",
        "exchange_number",
    )


def test_a_hand_over_that_is_known_opens_nothing() -> None:
    told_next = NextLeg(number=LAST_MILE.number, carrier=None, evidence="exchange_number")
    assert from_answer(LINEHAUL, told_next, [LINEHAUL, LAST_MILE]) is None


def test_the_destinations_post_is_asked_once_an_s10_item_has_left_its_origin() -> None:
    at_home = fold([told(EventCode.FIRST_MILE_PICKED_UP, 1, leg=S10)], [S10], origin="CN", destination="GB")
    assert from_same_s10(at_home, [S10], "GB", POSTS, ISSUERS) is None
    away = fold([told(EventCode.LINEHAUL_DEPARTED_EXPORT_OFFICE, 1, leg=S10)], [S10], origin="CN", destination="GB")
    proposal = from_same_s10(away, [S10], "GB", POSTS, ISSUERS)
    assert proposal is not None
    assert (proposal.carrier, proposal.number, proposal.evidence) == ("royalmail", S10.number, Evidence.SAME_S10)
    opened = LegFact(id=UUID(int=8), position=2, carrier="royalmail", number=S10.number)
    assert from_same_s10(away, [S10, opened], "GB", POSTS, ISSUERS) is None


def test_a_number_that_is_no_s10_and_a_country_without_a_post_of_ours_propose_nothing() -> None:
    timeline = fold(journey()[:5], [LINEHAUL], origin="CN", destination="DE")
    assert from_same_s10(timeline, [LINEHAUL], "DE", POSTS, ISSUERS) is None
    away = fold([told(EventCode.LINEHAUL_DEPARTED, 1, leg=S10)], [S10], origin="CN", destination="XX")
    assert from_same_s10(away, [S10], "XX", POSTS, ISSUERS) is None


def test_a_line_hauls_own_suffix_and_a_post_that_has_it_already_propose_nothing() -> None:
    own = LegFact(id=UUID(int=9), position=1, carrier="yanwen", number="UH183870291YP")
    away = fold([told(EventCode.LINEHAUL_DEPARTED, 1, leg=own)], [own], origin="CN", destination="GB")
    assert from_same_s10(away, [own], "GB", POSTS, ISSUERS) is None
    under_another = LegFact(id=UUID(int=8), position=2, carrier="royalmail", number="FQ845232528GB")
    gone = fold([told(EventCode.LINEHAUL_DEPARTED, 1, leg=S10)], [S10], origin="CN", destination="GB")
    assert from_same_s10(gone, [S10, under_another], "GB", POSTS, ISSUERS) is None
