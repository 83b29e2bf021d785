"""``dmrig card explore``: walking through virtual cards, in scripts, through a pipe and at a terminal."""

from __future__ import annotations

import io
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hil.cli.card.options import virtual
from hil.cli.main import run
from hil.errors import ExitCode
from hil.explore.contents import BY_NAME, reader_for
from hil.explore.explorer import Explorer, Refused
from hil.explore.places import shown
from hil.explore.shell import Shell
from hil.trace.mask import Masker
from simulator.bootstrap.identity import write_imsi
from tests.card_slots import ModemSlot

ROOT = Path(__file__).parents[2]


def explored(capsys: pytest.CaptureFixture[str], script: str, *options: str, code: int = ExitCode.PASSED) -> str:
    assert run(["card", "explore", *(options or ("--image", "test-usim")), "-c", script]) == code
    return capsys.readouterr().out


def test_what_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    said = explored(capsys, "ls")
    assert "2FE2  ICCID                10 bytes\n" in said
    assert "7F10  TELECOM/\n" in said
    assert "ADF   PKCS#15/             AID A000000063504B43532D3135\n" in said
    tree = explored(capsys, "tree").splitlines()
    assert "      4F30  PBR                  1 records of 6 bytes  deactivated" in tree
    assert "    6F39  ACM                  2 records of 3 bytes" in tree


def test_a_size_that_the_card_does_not_tell(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    image = tmp_path / "sim.yaml"
    image.write_text("{iccid: '8988211000000430010', layout: {sizes: no}}")
    said = explored(capsys, "ls; cat ICCID", "--image", str(image))
    assert "2FE2  ICCID                size not told\n" in said
    assert "ICCID •••0010" in said


def test_files_that_only_the_directories_of_pkcs15_name(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A bootstrap at an identifier of the issuer's choice is found by EF(ODF) and EF(DODF), and opened."""
    image = tmp_path / "sim.yaml"
    image.write_text(
        """
applications:
  - aid: A000000063504B43532D3135
    files:
      - {fid: 5031, name: ODF, hex: A706300404024407}
      - {fid: 4407, name: mine, hex: 3020300E0C0C444D20426F6F74737472617030060604672B0701A106300404024511}
      - {fid: 4511, name: message, text: hello}
"""
    )
    said = explored(capsys, "cd PKCS#15; ls; cat 4407; cat 4511", "--image", str(image), code=ExitCode.PASSED)
    assert "4407  DODF                 34 bytes" in said
    assert "4511  DM_Bootstrap         5 bytes" in said
    assert "not understood: " in said, "hello is no message"


def test_contents_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    said = explored(capsys, "cat ICCID; cat PL; cat DIR; cat USIM/AD; cd USIM; cat ARR", code=ExitCode.USAGE)
    assert "ICCID •••0051" in said
    assert "languages: en, de" in said
    assert "record 1: application USIM 'USIM': AID A0000000871002FF33FF018900000100" in said
    assert "digits of the network in the IMSI: 2" in said
    assert "MF/USIM/6F06: the card answers 6A82 (file or application not found)" in said
    in_full = explored(capsys, "cat ICCID", "--image", "test-usim", "--show-secrets")
    assert "ICCID 8988211000000430051" in in_full


def test_a_bootstrap_is_opened_and_its_secrets_are_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    said = explored(capsys, "cd PKCS#15; cat ODF; cat DODF-bootstrap; cat 6431", "--image", "operator-sim")
    assert "directory of data objects (DODF): 6430" in said
    assert "object 'DM Bootstrap', 2.23.43.7.1" in said
    assert "dm.example.com" in said
    assert "32 padding behind it" in said
    assert "device-secret-3f9c" not in said
    assert b"device-secret-3f9c".hex() not in "".join(said.split()).lower()
    open_to_all = explored(capsys, "cat PKCS#15/6431", "--image", "operator-sim", "--show-secrets")
    assert "device-secret-3f9c" in open_to_all


def test_what_the_card_tells_of_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    said = explored(capsys, "info USIM/IMSI; info PL; info /7F10/5F3A/4F30; info")
    assert "short identifier     07" in said
    assert "access rules         record" in said
    assert "access rules         read always, update pin, deactivate/activate never" in said
    assert "life cycle           deactivated" in said
    assert "PIN 01               disabled" in said


def test_ways(capsys: pytest.CaptureFixture[str]) -> None:
    said = explored(capsys, "cd TELECOM; info; cd ..; info .; cd /7F10/PHONEBOOK; ls; cd /; cat EF(ICCID)")
    assert said.index("identifier           7F10") < said.index("identifier           3F00")
    assert "4F30" in said
    explorer = connected("test-usim")
    explorer.change("usim")
    assert shown(explorer.resolve("../telecom")) == "MF/TELECOM"
    assert shown(explorer.resolve("PKCS#15/ODF")) == "MF/PKCS#15/5031"
    assert shown(explorer.resolve("pkcs15/ODF")) == "MF/PKCS#15/5031"
    assert shown(explorer.resolve("A000000063504B43532D3135")) == "MF/PKCS#15"
    with pytest.raises(Refused, match="is a file"):
        explorer.change("IMSI")
    assert explorer.prompt == "MF/USIM"


def connected(image: str) -> Explorer:
    reader = virtual(image)
    reader.connect()
    return Explorer(reader)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("tre", "did you mean 'tree'?"),
        ("cat", "usage: cat FILE"),
        ("ls here", "usage: ls"),
        ("cat 'x", "No closing quotation"),
        ("cd nowhere", "known names here: ARR, DIR"),
        ("cat 1234", "6A82 (file or application not found)"),
        ("cat 7F10", "is a directory"),
        ("verify", "usage: verify"),
        ("verify PIN", "is no key reference"),
        ("cd nowhere", "USIM, PKCS#15"),
        ("apdu hello", "a command in hex is expected"),
        ("apdu 00", "4 to 65544 octets, not 1"),
        ("cd A0000000991234", "6A82"),
    ],
)
def test_what_does_not_go_says_why(line: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = explored(capsys, f"{line}; ls", code=ExitCode.USAGE)
    assert says in said
    assert "2FE2" not in said, "what comes behind a mistake is left out"


def test_a_pin_is_counted_first_and_tried_only_when_somebody_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    locked = ("--image", "test-usim")
    assert explored(capsys, "verify 81 5678", *locked).splitlines() == ["key 81: 3 tries left", "not tried"]
    said = explored(capsys, "verify 81 5678", *locked, "--yes")
    assert said.splitlines() == ["key 81: 3 tries left", "verified"]
    wrong = explored(capsys, "verify 81 9999", *locked, "--yes", code=ExitCode.PART)
    assert "63C2: wrong PIN, 2 tries left" in wrong
    assert "9999" not in wrong


def test_the_last_try_is_made_when_that_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "sim.yaml"
    path.write_text("pins: [{key: 01, value: '1234', left: 1}]\nimsi: '001010123456789'\n")
    image = ("--image", str(path), "--yes")
    assert run(["card", "explore", *image, "-c", "verify 01 1234"]) == ExitCode.PART
    said = "".join(capsys.readouterr())
    assert "PIN 01 has 1 try left" in said
    assert "--last-try takes the risk" in said
    assert explored(capsys, "verify 01 1234", *image, "--last-try").splitlines()[-1] == "verified"


def test_commands_of_one_s_own_are_followed_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    said = explored(capsys, "apdu 00 A4 00 04 02 2F E2; apdu 00B000000A; cat ICCID")
    assert "SELECT EF(ICCID) 2FE2 → 61" in said
    assert "GET RESPONSE → 9000" in said
    assert "9888120100" not in "".join(said.split())


def test_lines_on_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("# a script\n\ncd USIM\ncat IMSI\nexit\nnonsense\n"))
    assert run(["card", "explore", "--image", "operator-sim"]) == ExitCode.PASSED
    assert "IMSI •••6789" in capsys.readouterr().out


def test_a_sim_in_a_modem(capsys: pytest.CaptureFixture[str]) -> None:
    from hil.card.image import load_image
    from hil.card.uicc.build import build

    slot = ModemSlot("csim")
    try:
        slot.insert(build(load_image("test-usim")))
        for by in ("csim", "crsm"):
            said = explored(capsys, "ls; cat ICCID; cat USIM/AD", "--modem", slot.modem.path, "--by", by)
            assert "7F10  TELECOM/" in said
            assert "ICCID •••" in said
            assert "digits of the network in the IMSI: 2" in said
    finally:
        slot.close()


def test_the_tab_key_completes() -> None:
    shell = Shell(connected("test-usim"), print, [], Masker(), confirm=lambda _: False, ask_pin=lambda _: None)
    assert shell.completions("c", "c") == ["cat", "cd"]
    assert shell.completions("ic", "cat ic") == ["ICCID"]
    assert shell.completions("us", "cd us") == ["USIM"]
    assert shell.prompt == "MF> "


def test_a_terminal_has_a_prompt_and_completes() -> None:
    ours, theirs = pty.openpty()
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb"}
    with subprocess.Popen(
        [sys.executable, "-m", "hil", "card", "explore", "--image", "test-usim"],
        stdin=theirs, stdout=theirs, stderr=theirs, env=env,
    ) as process:  # fmt: skip
        try:
            os.close(theirs)
            heard(ours, "MF> ")
            os.write(ours, b"cat ICC\t\r")
            assert "cat ICCID" in heard(ours, "MF> ")
            os.write(ours, b"nonsense\r")
            assert "there is no command" in heard(ours, "MF> ")
            os.write(ours, b"cd USIM\r")
            heard(ours, "MF/USIM> ")
            os.write(ours, b"exit\r")
            assert process.wait(20) == ExitCode.PASSED
        finally:
            process.kill()
            os.close(ours)


def heard(terminal: int, until: str) -> str:
    """What the terminal showed up to these characters; an end after 20 seconds."""
    text, deadline = "", time.monotonic() + 20
    while until not in text:
        assert select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0], text
        text += os.read(terminal, 4096).decode("utf-8", "replace")
    return text


@pytest.mark.parametrize(
    ("name", "octets", "says"),
    [
        ("SPN", "01" + b"Operator".hex() + "FFFF", "service provider: Operator"),
        ("SPN", "0080041E0430", "service provider: Оа"),
        ("AD", "01000002", "with specific facilities"),
        ("FPLMN", "62F210" + "00F110" + "FFFFFF", "networks: 262-01, 001-01"),
        ("FPLMN", "130184", "networks: 311-480"),
        ("PLMNwAcT", "62F2104000" + "FFFFFF0000", "networks: 262-01 (4000)"),
        ("ACC", "0401", "access classes: 0, 10"),
        ("MSISDN", b"Me".hex() + "FFFF" + "0791447758100650FFFFFFFFFFFF", "Me: +447785016005"),
        ("PL", "656EFFFF", "languages: en"),
        ("IMSI", write_imsi("26201106487504").hex(), "IMSI 26201106487504"),
    ],
)
def test_what_a_file_says(name: str, octets: str, says: str) -> None:
    reader = reader_for(name)
    assert reader is not None
    assert any(says in line for line in reader(bytes.fromhex(octets)))


@pytest.mark.parametrize("name", sorted(BY_NAME))
@pytest.mark.parametrize("octets", [b"", b"\x00", b"\xff" * 30, bytes(range(64)), b"\x61\x80" * 9])
def test_no_contents_end_the_walk(name: str, octets: bytes) -> None:
    from hil.explore.shell import _decoded

    assert all(isinstance(line, str) for line in _decoded(name, octets))
