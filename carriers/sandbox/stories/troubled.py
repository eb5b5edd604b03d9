"""Journeys that end otherwise than planned, and carriers that contradict themselves."""

from __future__ import annotations

from carriers.sandbox.stories.smooth import YANWEN, YUN, last
from carriers.sandbox.stories.stretches import announced, delivery, door, export_by_air, import_by_air
from carriers.sandbox.story import Leg, Scan, Story, on, scan
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason, Status

FEDEX = Leg(carrier="fedex", role="whole", number="fedex")
UPS = Leg(carrier="ups", role="whole", number="ups")
_LONG_AGO_H = -240 * 24.0


def _ups_journey(city: str) -> tuple[Scan, ...]:
    return (
        scan(0, E.SELLER_LABEL_CREATED, "shanghai"),
        scan(10, E.FIRST_MILE_PICKED_UP, "shanghai"),
        scan(22, E.LINEHAUL_DEPARTED, "shanghai"),
        scan(44, E.IMPORT_CUSTOMS_RELEASED, "louisville"),
        scan(62, E.LAST_MILE_OUT_FOR_DELIVERY, city),
        scan(68, E.LAST_MILE_DELIVERED, city),
    )


STORIES = (
    Story(
        name="delivered_then_returned",
        title="Hangzhou to Berlin: delivered, then handed back by the buyer and returned",
        origin="hangzhou", destination="berlin",
        legs=(YANWEN, last("dhl_parcel_de", "dhl_parcel_de", told_h=94)),
        scans=(
            *on(0, export_by_air("hangzhou", "hangzhou", "hangzhou", "CK205")),
            *on(0, import_by_air("liege", "CK205"), start_h=64),
            *on(1, delivery("leipzig", "berlin"), start_h=98),
            *on(0, scan(138, E.LAST_MILE_DELIVERED, "berlin")),
            *on(1, scan(190, E.RETURN_STARTED, "berlin")),
            *on(0, scan(260, E.RETURN_IN_TRANSIT, "liege"), scan(400, E.RETURN_COMPLETED, "hangzhou")),
        ),
        ends=Status.RETURNED, delivered_h=138,
    ),
    Story(
        name="refused_by_customs",
        title="Guangzhou to London: import refused, the parcel sent back",
        origin="guangzhou", destination="london",
        legs=(Leg(carrier="yanwen", role="whole", number="yanwen"),),
        scans=(
            *on(0, export_by_air("guangzhou", "guangzhou", "guangzhou", "CZ303")),
            *on(
                0,
                scan(66, E.LINEHAUL_ARRIVED, "london", flight="CZ303"),
                scan(74, E.IMPORT_CUSTOMS_PRESENTED, "london"),
                scan(110, E.IMPORT_CUSTOMS_REFUSED, "london", why=Reason.CUSTOMS_PROHIBITED),
                scan(240, E.RETURN_IN_TRANSIT, "london"),
                scan(420, E.RETURN_COMPLETED, "guangzhou"),
            ),
        ),
        ends=Status.RETURNED,
    ),
    Story(
        name="not_collected",
        title="Shenzhen to Lyon: waits at the counter, is not collected and goes back",
        origin="shenzhen", destination="lyon",
        legs=(YUN, last("laposte", "laposte", told_h=90)),
        scans=(
            *on(0, export_by_air("shenzhen", "shenzhen", "hong_kong", "AF185")),
            *on(0, import_by_air("paris", "AF185"), start_h=60),
            *on(
                1,
                scan(96, E.LAST_MILE_ARRIVED_HUB, "lyon"),
                scan(114, E.LAST_MILE_OUT_FOR_DELIVERY, "lyon"),
                scan(120, E.LAST_MILE_ATTEMPT_FAILED_OTHER, "lyon"),
                scan(124, E.LAST_MILE_AVAILABLE_FOR_PICKUP, "lyon"),
                scan(460, E.RETURN_STARTED, "lyon"),
                scan(700, E.RETURN_COMPLETED, "shenzhen"),
            ),
        ),
        ends=Status.RETURNED,
    ),
    Story(
        name="refused_at_the_door",
        title="Shanghai to Chicago: the buyer refuses, UPS returns it to the sender",
        origin="shanghai", destination="chicago",
        legs=(UPS,),
        scans=(
            *on(0, _ups_journey("chicago")[:-1]),
            *on(
                0,
                scan(68, E.LAST_MILE_ATTEMPT_FAILED_REFUSED, "chicago", why=Reason.CONSIGNEE_REFUSED),
                scan(80, E.RETURN_STARTED, "chicago"),
                scan(200, E.RETURN_COMPLETED, "shanghai"),
            ),
        ),
        ends=Status.RETURNED,
    ),
    Story(
        name="late_and_contradictory",
        title="Hong Kong to New York: a scan told six hours late, and a sort scan in the second of the delivery",
        origin="hong_kong", destination="new_york",
        legs=(FEDEX,),
        scans=on(
            0,
            scan(0, E.SELLER_LABEL_CREATED, "hong_kong"),
            scan(6, E.FIRST_MILE_PICKED_UP, "hong_kong"),
            scan(14, E.LINEHAUL_DEPARTED, "hong_kong"),
            scan(36, E.IMPORT_CUSTOMS_RELEASED, "memphis", told_after_h=26),
            scan(44, E.LAST_MILE_DEPARTED_HUB, "memphis"),
            scan(54, E.LAST_MILE_OUT_FOR_DELIVERY, "new_york"),
            scan(60, E.LAST_MILE_DELIVERED, "new_york"),
            scan(60, E.LAST_MILE_ARRIVED_HUB, "new_york", told_after_h=3),
        ),
        ends=Status.DELIVERED, delivered_h=60, eta_h=64,
    ),
    Story(
        name="unknown_code",
        title="Shanghai to Los Angeles: UPS reports a code that nobody has written down",
        origin="shanghai", destination="los_angeles",
        legs=(UPS,),
        scans=(
            *on(0, _ups_journey("los_angeles")),
            *on(0, scan(50, E.UNKNOWN, "louisville", raw=("Q9", "Quantum gate alignment in progress"))),
        ),
        ends=Status.DELIVERED, delivered_h=68,
    ),
    Story(
        name="number_reused",
        title="Shanghai to New York: UPS used this number eight months ago, and that parcel was delivered",
        origin="shanghai", destination="new_york",
        legs=(UPS,),
        scans=(
            *(
                Scan(at_h=_LONG_AGO_H + old.at_h, leg=0, what=old.what, city=old.city, is_earlier=True)
                for old in _ups_journey("chicago")
            ),
            *on(0, _ups_journey("new_york")),
        ),
        ends=Status.DELIVERED, delivered_h=68,
    ),
    Story(
        name="label_only",
        title="Hong Kong to Madrid: a label was made and nothing was ever shipped",
        origin="hong_kong", destination="madrid",
        legs=(FEDEX,),
        scans=on(0, announced("hong_kong")),
        ends=Status.INFO_RECEIVED,
    ),
    Story(
        name="cancelled",
        title="Shanghai to Chicago: the sender voids the label",
        origin="shanghai", destination="chicago",
        legs=(UPS,),
        scans=on(0, announced("shanghai"), scan(30, E.SELLER_CANCELLED, "shanghai")),
        ends=Status.CANCELLED,
    ),
    Story(
        name="lost",
        title="Shenzhen to Paris: YunExpress gives the parcel up",
        origin="shenzhen", destination="paris",
        legs=(YUN,),
        scans=(
            *on(0, export_by_air("shenzhen", "shenzhen", "hong_kong", "CX261")),
            *on(0, scan(400, E.ANY_LOST, "hong_kong", why=Reason.CARRIER_LOST)),
        ),
        ends=Status.EXCEPTION,
    ),
    Story(
        name="damaged",
        title="Hong Kong to Chicago: damaged in the hub, held there",
        origin="hong_kong", destination="chicago",
        legs=(FEDEX,),
        scans=on(
            0,
            scan(0, E.SELLER_LABEL_CREATED, "hong_kong"),
            scan(7, E.FIRST_MILE_PICKED_UP, "hong_kong"),
            scan(15, E.LINEHAUL_DEPARTED, "hong_kong"),
            scan(40, E.IMPORT_CUSTOMS_RELEASED, "memphis"),
            scan(48, E.ANY_DAMAGED, "memphis", why=Reason.CARRIER_DAMAGED),
        ),
        ends=Status.EXCEPTION,
    ),
    Story(
        name="delivered_in_error",
        title="Shenzhen to Berlin: DHL takes the delivery back and delivers the next day",
        origin="shenzhen", destination="berlin",
        legs=(YUN, last("dhl_parcel_de", "dhl_parcel_de", told_h=92)),
        scans=(
            *on(0, export_by_air("shenzhen", "shenzhen", "hong_kong", "CX289")),
            *on(0, import_by_air("frankfurt", "CX289"), start_h=62),
            *on(1, delivery("frankfurt", "berlin"), start_h=98),
            *on(1, scan(144, E.ANY_IN_TRANSIT, "berlin", is_correction=True)),
            *on(1, door("berlin"), start_h=152),
        ),
        ends=Status.DELIVERED, delivered_h=166,
    ),
    Story(
        name="parcel_locker",
        title="Shenzhen to Honolulu: bad weather, then into the building's parcel locker",
        origin="shenzhen", destination="honolulu",
        legs=(YUN, last("usps", "usps", told_h=94)),
        scans=(
            *on(0, export_by_air("shenzhen", "shenzhen", "hong_kong", "K4123")),
            *on(0, import_by_air("los_angeles", "K4123"), start_h=64),
            *on(
                1,
                scan(100, E.FIRST_MILE_PICKED_UP, "los_angeles"),
                scan(110, E.LAST_MILE_DEPARTED_HUB, "los_angeles"),
                scan(128, E.ANY_DELAYED_WEATHER, "honolulu", why=Reason.NATURE_WEATHER),
            ),
            *on(1, door("honolulu"), start_h=160),
        ),
        ends=Status.DELIVERED, delivered_h=174,
    ),
)  # fmt: skip
