"""The command line: its JSON, its exit codes, and what it says when something is wrong."""

from __future__ import annotations

import http.server
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from carriers.__main__ import main

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("SHARED_DIR", ROOT.parent / "shared"))

YANWEN_ANSWER = {
    "code": 0,
    "message": "success",
    "result": [
        {
            "tracking_number": "UH972281866YP",
            "waybill_number": "UH972281866YP",
            "exchange_number": "00340434481516234205",
            "tracking_status": "LH20",
            "origin_country": "CN",
            "destination_country": "DE",
            "checkpoints": [
                {
                    "time_stamp": "2026-05-02T09:30:00",
                    "time_zone": "+08",
                    "tracking_status": "LH20",
                    "message": "Port of departure - Departure",
                    "location": "Shenzhen",
                },
                {
                    "time_stamp": "2026-05-01T08:00:00",
                    "time_zone": "+08",
                    "tracking_status": "ZZ99",
                    "message": "包裹已揽收",
                    "location": "",
                },
            ],
        }
    ],
}


def run(*arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """What the command line does with these arguments, within this process: starting one takes half a second."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CARRIER")}
    streams = [io.TextIOWrapper(io.BytesIO(body), encoding="utf-8", write_through=True) for body in (stdin, b"", b"")]
    with pytest.MonkeyPatch.context() as patch:
        for name in set(os.environ) - set(clean):
            patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        for name, stream in zip(("stdin", "stdout", "stderr"), streams, strict=True):
            patch.setattr(sys, name, stream)
        try:
            code = main(arguments)
        except SystemExit as stop:
            code = int(stop.code or 0)
    _, out, err = (stream.buffer.getvalue() for stream in streams)
    return subprocess.CompletedProcess(arguments, code, out, err)


def lines(done: subprocess.CompletedProcess[bytes]) -> list[Any]:
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def complaint(done: subprocess.CompletedProcess[bytes]) -> str:
    """What a usage error says: one line on stderr, nothing on stdout."""
    assert (done.returncode, done.stdout) == (2, b"")
    (line,) = done.stderr.decode().splitlines()
    return line


class TestDetect:
    def test_gives_a_json_line_for_each_number(self) -> None:
        china, ups, wrong = lines(run("detect", "RB123456785CN", "1Z999AA10123456784", "12*45"))
        assert set(china) == {"number", "candidates"}
        assert china["number"] == "RB123456785CN"
        assert set(china["candidates"][0]) == {"carrier", "confidence", "reason"}
        assert china["candidates"][0]["carrier"] == "china_post"
        assert ups["candidates"][0]["carrier"] == "ups"
        assert wrong["candidates"] == []
        assert "*" in wrong["problem"]

    def test_runs_as_a_program(self) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "carriers", "detect", "RB123456785CN"], cwd=ROOT, capture_output=True, check=True
        )
        assert json.loads(done.stdout)["candidates"][0]["carrier"] == "china_post"

    def test_takes_the_journey_and_the_accounts_into_account(self) -> None:
        (found,) = lines(run("detect", "RB123456785CN", "--destination", "br", "--own", "correios"))
        assert [candidate["carrier"] for candidate in found["candidates"]] == ["china_post", "correios"]

    def test_answers_in_json_even_to_bytes_that_are_no_text(self) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "carriers", "detect", b"RB\xff12345"], cwd=ROOT, capture_output=True, check=True
        )
        assert json.loads(done.stdout)["problem"]

    def test_a_wrong_country_is_a_usage_error(self) -> None:
        assert "ISO 3166-1" in complaint(run("detect", "RB123456785CN", "--destination", "Germany"))


class TestParse:
    def test_a_recorded_answer_becomes_results(self, tmp_path: Path) -> None:
        recorded = tmp_path / "answer.json"
        recorded.write_text(json.dumps(YANWEN_ANSWER), encoding="utf-8")
        done = run("parse", "yanwen", str(recorded))
        assert done.returncode == 0, done.stderr
        (result,) = json.loads(done.stdout)
        assert result["number"] == "UH972281866YP"
        assert (result["origin_country"], result["destination_country"], result["failure"]) == ("CN", "DE", None)
        assert result["next_leg"]["number"] == "00340434481516234205"
        assert result["next_leg"]["evidence"] == "exchange_number"
        assert result["estimated_delivery"] is None
        picked_up, departed = result["events"]
        assert picked_up["code"] == "unknown"
        assert (picked_up["raw_code"], picked_up["raw_text"]) == ("ZZ99", "包裹已揽收")
        assert departed["occurred_at"] == "2026-05-02T01:30:00Z"
        assert departed["local_time"] == "2026-05-02T09:30:00"
        assert (departed["utc_offset"], departed["time_source"]) == ("+08:00", "carrier_offset")
        assert departed["place"]["text"] == "Shenzhen"
        assert departed["place"]["country"] == "CN"
        assert set(departed) >= {"status", "phase", "reason", "language", "details", "is_correction"}

    def test_an_answer_is_read_from_standard_input(self) -> None:
        done = run("parse", "yanwen", "-", stdin=json.dumps(YANWEN_ANSWER).encode())
        assert [result["number"] for result in json.loads(done.stdout)] == ["UH972281866YP"]

    @pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"<a/>", b'{"code": 0}', b"[" * 100_000, b'{"a": NaN}'])
    def test_what_is_no_answer_is_a_named_error(self, body: bytes) -> None:
        done = run("parse", "yanwen", "-", stdin=body)
        assert (done.returncode, done.stdout) == (3, b"")
        error = json.loads(done.stderr)
        assert error["error"] == "bad_answer"
        assert error["detail"]

    def test_a_push_is_read_where_the_carrier_pushes(self) -> None:
        push = SHARED / "payloads" / "ups" / "ups-trackalert-2.json"
        if not push.exists():
            pytest.skip("the recorded push is not on this machine")
        done = run("parse", "ups", str(push))
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)[0]["events"]

    def test_a_missing_file_is_a_usage_error(self) -> None:
        assert "nowhere.json cannot be read" in complaint(run("parse", "ups", "nowhere.json"))

    def test_an_unknown_carrier_is_a_usage_error(self) -> None:
        assert "'nobody'" in complaint(run("parse", "nobody", "-"))

    def test_a_carrier_without_an_adapter_is_a_usage_error(self) -> None:
        assert "no API adapter" in complaint(run("parse", "amazon", "-"))


class TestList:
    def test_has_a_line_for_each_carrier(self) -> None:
        carriers = {carrier["slug"]: carrier for carrier in lines(run("list"))}
        assert len(carriers) > 100
        assert carriers["ups"]["name"] == "UPS"
        assert {"detect", "link", "track", "push"} <= set(carriers["ups"]["capabilities"])
        assert "batch" in carriers["fedex"]["capabilities"]
        assert carriers["amazon"]["capabilities"] == ["detect", "link"]
        assert carriers["amazon"]["evidence"] == "recognised"
        assert carriers["china_post"]["countries"] == ["CN"]


class TestCheck:
    def test_finds_nothing_wrong_with_our_sheets(self) -> None:
        done = run("check")
        assert done.returncode == 0, done.stdout.decode()
        assert done.stdout.decode().endswith("fact sheets, 0 problems\n")


class Carrier(http.server.BaseHTTPRequestHandler):
    """A Yanwen of our own: it answers the merchant `m1`, and refuses anyone else."""

    asked: list[tuple[str, str]] = []

    def do_GET(self) -> None:
        merchant = self.headers.get("Authorization", "")
        type(self).asked.append((self.path, merchant))
        body = json.dumps(YANWEN_ANSWER if merchant == "m1" else {}).encode()
        self.send_response(200 if merchant == "m1" else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def carrier_url() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Carrier)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class TestTrack:
    def test_asks_the_carrier_with_the_credentials_of_the_environment(self, carrier_url: str) -> None:
        done = run(
            "track", "yanwen", "uh 972281866 yp", CARRIER_YANWEN_URL=carrier_url, CARRIER_YANWEN_MERCHANT_NUMBER="m1"
        )
        assert done.returncode == 0, done.stderr
        assert len(json.loads(done.stdout)["events"]) == 2
        assert Carrier.asked[-1] == ("/api/tracking?nums=UH972281866YP", "m1")

    def test_a_refusal_is_a_named_error(self, carrier_url: str) -> None:
        done = run(
            "track", "yanwen", "UH972281866YP", CARRIER_YANWEN_URL=carrier_url, CARRIER_YANWEN_MERCHANT_NUMBER="m2"
        )
        assert done.returncode == 3
        assert json.loads(done.stderr)["error"] == "refused"

    def test_a_carrier_that_cannot_be_reached_is_to_be_tried_later(self) -> None:
        done = run(
            "track", "yanwen", "UH972281866YP",
            CARRIER_YANWEN_URL="http://127.0.0.1:1", CARRIER_YANWEN_MERCHANT_NUMBER="m1",
        )  # fmt: skip
        assert done.returncode == 3
        assert json.loads(done.stderr)["error"] == "try_later"

    def test_missing_credentials_are_named_by_their_variables(self) -> None:
        said = complaint(run("track", "ups", "1Z999AA10123456784"))
        assert "CARRIER_UPS_CLIENT_ID" in said
        assert "CARRIER_UPS_CLIENT_SECRET" in said

    def test_an_impossible_number_is_a_usage_error(self) -> None:
        assert "5 to 40" in complaint(run("track", "ups", "1Z"))

    def test_an_unknown_field_is_a_usage_error(self) -> None:
        assert "no field 'colour'" in complaint(run("track", "yanwen", "UH972281866YP", "--field", "colour=red"))

    def test_a_field_without_a_value_is_a_usage_error(self) -> None:
        assert "NAME=VALUE" in complaint(run("track", "yanwen", "UH972281866YP", "--field", "colour"))


@pytest.mark.parametrize("arguments", [[], ["fly"], ["detect"], ["parse", "ups"], ["track", "ups"]])
def test_a_wrong_command_is_one_clear_line(arguments: list[str]) -> None:
    assert "-h` tells more" in complaint(run(*arguments))


def test_help_names_every_command_and_the_exit_codes() -> None:
    said = run("-h").stdout.decode()
    assert all(command in said for command in ("detect", "parse", "list", "track", "check", "Exit codes"))
