"""What merchants correct moves the ranking for them, and for nobody else."""

from __future__ import annotations

from django_scopes import scope, scopes_disabled

from tracking.accounts.models import Merchant
from tracking.rules.facts import Evidence
from tracking.shipments import detection, services
from tracking.shipments.models import Leg, NumberChoice
from tracking.shipments.opening import LegSpec

TWELVE = ("449044304137", "449044304148", "557120934471")


def register(merchant: Merchant, number: str, carrier: str | None = None) -> Leg:
    legs = [LegSpec(number=number, carrier=carrier)]
    shipment = services.register_shipment(merchant, destination_country="FR", legs=legs)
    with scope(merchant=merchant):
        return shipment.legs.get()


def correct(leg: Leg, carrier: str) -> Leg:
    return services.correct_leg(leg, LegSpec(number=leg.number, carrier=carrier), evidence=Evidence.OPS)


def test_a_corrected_guess_is_not_made_again(halden: Merchant) -> None:
    guessed = [register(halden, number) for number in TWELVE[:2]]
    assert {leg.carrier for leg in guessed}.isdisjoint({"ontrac"})
    for leg in guessed:
        correct(leg, "ontrac")
    assert register(halden, TWELVE[2]).carrier == "ontrac"


def test_another_merchant_s_ranking_stays_as_it_was(halden: Merchant) -> None:
    other = Merchant.objects.create(name="Other", slug="other", zone="Europe/Berlin")
    before = register(other, TWELVE[0]).carrier
    for number in TWELVE[:2]:
        correct(register(halden, number), "ontrac")
    assert register(other, TWELVE[2]).carrier == before
    with scopes_disabled():
        assert set(NumberChoice.objects.values_list("merchant__slug", flat=True)) == {"halden"}


def test_corrections_are_counted_once_each_for_both_carriers(halden: Merchant) -> None:
    leg = register(halden, TWELVE[0])
    correct(leg, "ontrac")
    rows = {row.carrier: (row.shape, row.chosen, row.rejected) for row in NumberChoice.objects.all()}
    assert rows == {"ontrac": ("12 digits", 1, 0), leg.carrier: ("12 digits", 0, 1)}


def test_a_corrected_number_teaches_nothing_of_its_carrier(halden: Merchant) -> None:
    leg = register(halden, TWELVE[0])
    services.correct_leg(leg, LegSpec(number=TWELVE[1], carrier="ontrac"), evidence=Evidence.OPS)
    assert not NumberChoice.objects.exists()


def test_the_carriers_of_recent_parcels_are_a_habit(halden: Merchant) -> None:
    for number in TWELVE[:2]:
        register(halden, number, "ontrac")
    register(halden, TWELVE[2], "tnt")
    assert detection.shares(halden.id) == {"ontrac": 2 / 3, "tnt": 1 / 3}
