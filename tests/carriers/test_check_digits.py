"""Check digits, against numbers that carriers and standards print as examples, and against every single-digit typo."""

import pytest

from carriers.check_digits import CHECKS, gs1_digit, impb_package, s10_digit

# (check, number): published samples of the standard or the carrier.
PUBLISHED = [
    ("s10", "RB123456785GB"),
    ("s10", "UH183870291YP"),
    ("gs1", "0073938000549297"),  # Canada Post
    ("gs1", "7112345678912345 6787".replace(" ", "")),  # USPS, 20 digits
    ("gs1", "041441760228964"),  # FedEx Ground
    ("gs1", "00373500489530470000"),  # PostNord, SSCC
    ("gs1", "00340434511539026190"),  # DHL Germany, SSCC
    ("usps_impb", "9405803699300124287899"),
    ("usps_impb", "420221539101026837331000039521"),
    ("usps_impb", "4201028200009261290113185417468510"),
    ("usps_impb", "92748931507708513018050063"),
    ("usps_legacy_20", "71969010756003077385"),
    ("fedex_express_12", "986578788855"),
    ("fedex_express_34", "1001921334250001000300779017972697"),
    ("fedex_express_34", "9622001560001234567100794808390594"),
    ("fedex_ground_96", "9611020987654312345672"),
    ("fedex_sscc_18", "000123450000000027"),
    ("fedex_smartpost_20", "61299998820821171811"),
    ("ups", "1Z999AA10123456784"),
    ("ups", "1ZXX3150YW44070023"),
    ("ups_waybill", "K2479825491"),
    ("ontrac", "C11031500001879"),
    ("ontrac", "D10011354453707"),
    ("luhn", "07209562763"),  # Old Dominion
    ("luhn", "320595463938"),  # Purolator
    ("mod7", "3318810025"),  # DHL Express
    ("mod7", "73891051146"),
    ("mod7", "123456789013"),  # Yamato
    ("iso7064_37_36", "008182709980000020033350276C"),  # DPD
    ("identcode", "563102430313"),  # Deutsche Post
    ("gls", "400481516233"),  # made to the rule
    ("evri", "H00ABC0048151625"),  # made to the rule
    ("mondial_relay", "48481516230101500481516234"),  # made to the label specification 2.4
]


@pytest.mark.parametrize(("check", "number"), PUBLISHED)
def test_a_published_number_holds(check: str, number: str) -> None:
    assert CHECKS[check](number)


@pytest.mark.parametrize(("check", "number"), PUBLISHED)
def test_every_other_last_digit_fails(check: str, number: str) -> None:
    others = [number[:-1] + digit for digit in "0123456789" if digit != number[-1]]
    if check == "s10":
        others = [number[:10] + digit + number[11:] for digit in "0123456789" if digit != number[10]]
    assert [other for other in others if CHECKS[check](other)] == []


def test_every_check_has_a_published_number() -> None:
    assert {check for check, _ in PUBLISHED} == set(CHECKS)


def test_s10_writes_ten_as_zero_and_eleven_as_five() -> None:
    assert s10_digit("00004000") == 0  # 4 * 3 = 12, remainder 1, 11 - 1 = 10
    assert s10_digit("00000000") == 5  # remainder 0, 11 - 0 = 11


@pytest.mark.parametrize("position", range(2, 10))
@pytest.mark.parametrize("number", ["RB123456785GB", "LX481516239CN", "EE004815165JP"])
def test_s10_lets_at_most_one_wrong_digit_through(number: str, position: int) -> None:
    """Remainders 0 and 6 share the check digit 5: only there can a single wrong digit hide."""
    number = number[:10] + str(s10_digit(number[2:10])) + number[11:]
    wrong = [number[:position] + sign + number[position + 1 :] for sign in "0123456789" if sign != number[position]]
    passing = [text for text in wrong if CHECKS["s10"](text)]
    assert len(passing) <= (number[10] == "5")


def test_gs1_computes_the_digit_of_an_ean() -> None:
    assert gs1_digit("400638133393") == 1


@pytest.mark.parametrize(
    ("barcode", "package"),
    [
        ("420221539101026837331000039521", "9101026837331000039521"),
        ("4201028200009261290113185417468510", "9261290113185417468510"),
        ("4202215392748931507708513018050063", "92748931507708513018050063"),
        ("9405803699300124287899", "9405803699300124287899"),
    ],
)
def test_routing_before_an_impb_number_is_left_out(barcode: str, package: str) -> None:
    assert impb_package(barcode) == package
