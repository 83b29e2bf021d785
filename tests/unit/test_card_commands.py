"""``dmrig card apdu``, ``trace``, ``serve``, and how any card command chooses its reader."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hil.card.image import load_image
from hil.card.uicc.build import build
from hil.cli.card.options import WAYS, virtual
from hil.cli.main import run
from hil.errors import ExitCode
from hil.simaccess import ways
from tests.card_slots import ModemSlot

READ_ICCID = ["00A4000C022FE2", "00B000000A"]
ICCID = "988812010000400310F0"


def test_answers_are_followed_or_not(capsys: pytest.CaptureFixture[str]) -> None:
    select = "00 a4 00 04 02 2f e2"
    assert run(["card", "apdu", "--image", "operator-sim", select]) == ExitCode.PASSED
    followed = capsys.readouterr().out
    assert "SELECT EF(ICCID) 2FE2 → 61" in followed
    assert "GET RESPONSE → 9000" in followed
    assert "  < 62 " in followed
    assert run(["card", "apdu", "--raw", "--image", "operator-sim", select]) == ExitCode.PASSED
    assert "GET RESPONSE" not in capsys.readouterr().out


def test_the_last_refusal_is_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["card", "apdu", "--image", "bare-sim", "00A4000C021234", *READ_ICCID]) == ExitCode.PASSED
    assert run(["card", "apdu", "--image", "bare-sim", *READ_ICCID, "00A4000C021234"]) == 1
    assert "6A82 (file or application not found)" in capsys.readouterr().out


def test_commands_from_standard_input_as_json(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A recording's own text is good input: answers in it are passed over."""
    text = f"# read the ICCID\n> {READ_ICCID[0]}\n< 9000\n\n{READ_ICCID[1]}  # so\n0020000108313233340000FFFF\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert run(["card", "apdu", "--image", "operator-sim", "--json", "-"]) == ExitCode.EXPECTATION_FAILED
    said = capsys.readouterr().out
    exchanges = json.loads(said)["exchanges"]
    assert [each["sw"] for each in exchanges] == ["9000", "9000", "6984"]
    assert exchanges[1]["data"] == ICCID
    assert "31323334" not in said, "a PIN is covered"


@pytest.mark.parametrize("arguments", [["00A4zz"], ["00A"], [""], ["# nothing"], ["hello"], ["00"], ["00A400"]])
def test_what_is_no_command(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["card", "apdu", "--image", "bare-sim", *arguments]) == ExitCode.USAGE
    assert "such as 00A4" in capsys.readouterr().err


def test_a_trace_in_words_without_secrets(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    recorded = tmp_path / "sim.apdu"
    assert run(["card", "trace", "--image", "operator-sim", "--out", str(recorded)]) == ExitCode.PASSED
    said = capsys.readouterr().out
    assert "SELECT PKCS#15 on channel 1 → 9000" in said
    assert "note: 1 bootstrap message" in said
    compact = "".join(said.split())
    for secret in (ICCID, "080910101032547698", b"device-secret-3f9c".hex().upper()):
        assert secret not in compact
    assert recorded.stat().st_mode & 0o777 == 0o600
    assert ICCID in recorded.read_text()
    # The recording shows the same, and plays the card's part.
    assert run(["card", "trace", str(recorded)]) == ExitCode.PASSED
    assert capsys.readouterr().out in said
    assert run(["card", "trace", "--words", "--show-secrets", str(recorded)]) == ExitCode.PASSED
    assert "  >" not in capsys.readouterr().out
    assert run(["card", "read", "--recording", str(recorded), "--json"]) == ExitCode.PASSED
    report = json.loads(capsys.readouterr().out)
    assert report["bootstrap"][0]["accounts"][0]["server"] == "dm.example.com"
    assert run(["card", "trace", "--image", "operator-sim", "--out", str(recorded)]) == ExitCode.USAGE
    assert run(["card", "trace", "--image", "operator-sim", str(recorded)]) == ExitCode.USAGE


def test_show_secrets_shows_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["card", "trace", "--image", "operator-sim", "--show-secrets"]) == ExitCode.PASSED
    assert ICCID in "".join(capsys.readouterr().out.split())


@pytest.fixture
def modem() -> Iterator[ModemSlot]:
    slot = ModemSlot("csim")
    image = load_image("bare-sim").model_copy(update={"iccid": "8988211000000430010"})
    slot.insert(build(image))
    yield slot
    slot.close()


@pytest.mark.parametrize("by", [[], *(["--by", way] for way in WAYS)])
def test_a_sim_in_a_modem(modem: ModemSlot, by: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    port = modem.modem.path
    assert run(["card", "apdu", "--modem", port, *by, *READ_ICCID]) == ExitCode.PASSED
    assert ICCID in "".join(capsys.readouterr().out.split())
    assert run(["card", "read", "--modem", port, *by, "--show-secrets"]) == ExitCode.PASSED
    said = capsys.readouterr().out
    assert "8988211000000430010" in said
    assert f"the modem at {port}, by AT+{by[1].upper() if by else 'CSIM'}" in said


def test_the_ways_are_those_that_there_are() -> None:
    assert ways.WAYS == WAYS
    assert WAYS[0] == ways.DEFAULT


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (["--image", "bare-sim", "--modem", "/dev/x"], ExitCode.USAGE, "--image and --modem exclude each other"),
        (["--recording", "x", "--reader", "y"], ExitCode.USAGE, "exclude each other"),
        (["--by", "csim"], ExitCode.USAGE, "--by says how a modem is asked"),
        (["--modem", "/dev/there-is-none"], ExitCode.PART, "no serial port"),
        (["--recording", "there-is-none"], ExitCode.USAGE, "cannot read the recording"),
        (["--image", "bare-sin"], ExitCode.USAGE, "did you mean 'bare-sim'?"),
    ],
)
def test_choices_that_do_not_go(
    options: list[str], code: ExitCode, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["card", "read", *options]) == code
    assert says in "".join(capsys.readouterr())


def test_nobody_to_serve_the_card_to(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["card", "serve", "bare-sim", "--vpcd", "127.0.0.1:1"]) == ExitCode.PART
    said = capsys.readouterr().err
    assert "no virtual reader listens at 127.0.0.1:1" in said
    assert "try: " in said
    assert "rig file" not in said
    for address in ("nowhere", "127.0.0.1:", ":x", "127.0.0.1:65536"):
        assert run(["card", "serve", "bare-sim", "--vpcd", address]) == ExitCode.USAGE


def test_an_image_s_reader_is_ready() -> None:
    assert virtual("bare-sim").connect()
