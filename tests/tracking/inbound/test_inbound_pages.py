"""The console's pages: a file is looked at before it is told; what did not match can be taken away."""

from __future__ import annotations

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.tracking.inbound.conftest import AWB, DEP, fsu, lamp
from tests.tracking.portal.console.conftest import hire, logged_in
from tracking.accounts.models import Merchant, Role
from tracking.inbound import files, units
from tracking.inbound.models import InboundFile, TransportUnit
from tracking.shipments.models import Event

ROWS = (
    "number,occurred_at,code,text\n"
    "HL-1,2026-07-10T10:00:00Z,any.note,Seen\n"
    "HL-2,2026-07-10T10:00:00Z,any.note,=1+1\n"
    "x,,,\n"
)


@pytest.fixture
def ops(halden: Merchant) -> Client:
    return logged_in(hire(halden, Role.OPS))


def upload(client: Client, body: bytes, file_format: str, name: str = "messages.txt") -> str:
    """Uploads a file; the address of the page that looks at it."""
    response = client.post(
        "/console/inbound", {"file": SimpleUploadedFile(name, body), "format": file_format, "carrier": ""}
    )
    assert response.status_code == 302, response.content.decode()
    return str(response["Location"])


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_a_file_is_looked_at_before_it_is_told(halden: Merchant, ops: Client) -> None:
    lamp(halden, "HL-1")

    address = upload(ops, ROWS.encode(), "csv")
    page = text(ops, address)
    files.read_files()

    assert "Would be told: 1. Numbers that nothing of yours has: 1. Not read: 1." in page
    assert "Nothing has this number" in page
    assert "row 4" in page
    assert Event.objects.count() == 0

    ops.post(f"{address}/tell")
    files.read_files()
    told = text(ops, address)

    assert Event.objects.get().raw_text == "Seen"
    assert "Nothing is told yet" not in told
    assert "Unmatched" in told


def test_a_looked_at_file_can_be_forgotten(halden: Merchant, ops: Client) -> None:
    address = upload(ops, fsu(DEP), "fsu")

    ops.post(f"{address}/discard")

    assert InboundFile.objects.count() == 0
    assert ops.get(address).status_code == 404


def test_a_told_file_cannot_be_forgotten_or_told_again(halden: Merchant, ops: Client) -> None:
    address = upload(ops, fsu(DEP), "fsu")
    ops.post(f"{address}/tell")
    files.read_files()

    ops.post(f"{address}/tell")
    ops.post(f"{address}/discard")

    assert InboundFile.objects.get().state == "done"
    assert upload(ops, fsu(DEP), "fsu") == address


@pytest.mark.parametrize("is_told", [False, True])
def test_what_did_not_match_is_a_csv_that_no_spreadsheet_runs(halden: Merchant, ops: Client, is_told: bool) -> None:
    lamp(halden, "HL-1")
    address = upload(ops, ROWS.encode(), "csv")
    if is_told:
        ops.post(f"{address}/tell")
        files.read_files()

    response = ops.get(f"{address}/unmatched")
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))

    assert [row[0] for row in rows] == ["where", "row 3", "row 4"]
    assert rows[1][4] == "'=1+1"
    assert rows[2][6] == "there is neither a code nor a text"


def test_a_unit_is_made_and_filled_on_its_page(halden: Merchant, ops: Client) -> None:
    shipment = lamp(halden, "HL-1")

    made = ops.post("/console/units", {"kind": "air_waybill", "reference": AWB, "carrier": ""})
    page = ops.post(made["Location"], {"shipments": f"{shipment.number}\nHL-404\n"})
    units.catch_up()

    assert page.status_code == 400
    assert "1 number could not be put in" in page.content.decode()
    assert shipment.number in text(ops, made["Location"])
    assert AWB in text(ops, "/console/units")
    unit = TransportUnit.objects.get()
    ops.post(f"/console/units/{unit.pk}/members/{unit.members.get().pk}/remove", {"was_never_in": "1"})
    assert "Nothing is in it yet" in text(ops, made["Location"])


def test_a_wrong_unit_says_what_to_mend(ops: Client) -> None:
    response = ops.post("/console/units", {"kind": "container", "reference": "CSQU3054384", "carrier": ""})

    assert response.status_code == 400
    assert "fails its check digit" in response.content.decode()


def test_an_upload_without_a_file_says_so(ops: Client) -> None:
    response = ops.post("/console/inbound", {"format": "csv", "carrier": ""})

    assert response.status_code == 400
    assert InboundFile.objects.count() == 0


def test_an_analyst_may_look_and_not_tell(halden: Merchant, ops: Client) -> None:
    address = upload(ops, fsu(DEP), "fsu")
    analyst = logged_in(hire(halden, Role.ANALYST))

    page = text(analyst, address)

    assert "Tell it" not in page
    assert "Upload a file" not in text(analyst, "/console/inbound")
    assert analyst.post(f"{address}/tell").status_code == 403


def test_the_pages_speak_chinese(halden: Merchant) -> None:
    client = Client(headers={"accept-language": "zh-CN"})
    client.force_login(hire(halden, Role.OWNER), "django.contrib.auth.backends.ModelBackend")

    page = text(client, "/console/inbound")

    assert "Inbound" not in page.replace("/console/inbound", "")
    assert "上传文件" in page
