"""OpenSC, which knows PKCS #15 but not us, reads our virtual cards behind a real pcscd."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hil.card.image import DEFAULT_ATR, CardImage, load_image
from hil.card.uicc.build import build
from tests import pcscd
from tests.peers import require

if TYPE_CHECKING:
    from hil.card.vpcd import VpcdReader

pytestmark = pytest.mark.pcsc

MESSAGE = bytes(range(1, 256)) * 3

CONFIGURATION = (Path(__file__).parents[2] / "docs" / "opensc.conf").read_text()
"""The one that docs/hardware.md gives to people."""

PKCS15 = "starcos"
"""OpenSC's PKCS #15 tools want a driver for a card; this one adds nothing of its own to ISO/IEC 7816-4."""

PLAIN = "default"
"""The driver for unknown cards: ISO/IEC 7816-4 and nothing else. The tools that look at files do with it."""


@pytest.fixture
def opensc(tmp_path: Path, request: pytest.FixtureRequest) -> dict[str, str]:
    require("pcscd", "vpcd", "pyscard", "opensc")
    path = tmp_path / "opensc.conf"
    assert DEFAULT_ATR.hex(":") in CONFIGURATION
    path.write_text(CONFIGURATION.replace(PKCS15, getattr(request, "param", PKCS15)))
    return {**os.environ, "OPENSC_CONF": str(path), "PCSCLITE_CSOCK_NAME": str(pcscd.shared().socket)}


with_plain_driver = pytest.mark.parametrize("opensc", [PLAIN], indirect=True)


@pytest.fixture
def slot(opensc: dict[str, str]) -> Iterator[VpcdReader]:
    from hil.card.vpcd import VpcdReader

    reader = VpcdReader(port=pcscd.shared().port)
    yield reader
    reader.remove()


def run(env: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env=env, capture_output=True, text=True, errors="replace", timeout=30, check=False
    )


@pytest.mark.parametrize("application", ["adf", "df"])
def test_the_data_object_and_its_content(application: str, opensc: dict[str, str], slot: VpcdReader) -> None:
    # OpenSC reads opaqueDO entries only; it passes over the foreign directory's oidDO.
    layout = {"application": application, "padding": "none", "foreign_dodf": True}
    image = {"bootstrap": {"message": MESSAGE.hex()}, "layout": layout}
    slot.insert(build(CardImage.model_validate(image)))
    listed = run(opensc, "pkcs15-tool", "--reader", slot.name, "--dump")
    assert listed.returncode == 0, listed.stderr
    assert "PKCS#15 Card [DM bootstrap]" in listed.stdout
    entry = listed.stdout[listed.stdout.index("Data object 'DM Bootstrap'") :]
    assert re.search(r"applicationOID: +2\.23\.43\.7\.1\b", entry)
    octets = re.sub(r"[^0-9A-F]", "", entry[entry.index("bytes):") + 7 :])
    assert bytes.fromhex(octets) == MESSAGE


@pytest.mark.parametrize("extent", ["none", "index"])
def test_the_object_is_read_by_its_identifier(
    extent: str, opensc: dict[str, str], slot: VpcdReader, tmp_path: Path
) -> None:
    """What a Path says of offset and length is for OpenSC what it is for a device."""
    out = tmp_path / "object"
    image = {"bootstrap": {"message": MESSAGE.hex()}, "layout": {"extent": extent}}
    slot.insert(build(CardImage.model_validate(image)))
    oid = "2.23.43.7.1"
    done = run(opensc, "pkcs15-tool", "--reader", slot.name, "--read-data-object", oid, "--raw", "-o", str(out))
    assert done.returncode == 0, done.stderr
    assert out.read_bytes() == MESSAGE + (b"\xff" * 32 if extent == "none" else b"")


@with_plain_driver
def test_an_explorer_walks_over_a_card_that_an_image_gives_file_by_file(
    opensc: dict[str, str], slot: VpcdReader, tmp_path: Path
) -> None:
    out = tmp_path / "message"
    base = load_image("test-usim").model_dump()
    slot.insert(build(CardImage.model_validate({**base, "bootstrap": {"message": MESSAGE.hex()}})))
    script = tmp_path / "script"
    lines = (
        *("cat 2FE2", "info 2F00"),
        *("cd aid:A000000063504B43532D3135", "info 6431", f"get 6431 {out}"),
        *("cd 3F00", "cd 7F10", "info 6F3A", "cat 6F3A", "cd 5F3A", "info 4F30"),
    )
    script.write_text("\n".join(lines) + "\n")
    done = run(opensc, "opensc-explorer", "--reader", slot.name, str(script))
    assert done.returncode == 0, done.stderr
    said = re.sub(r" +", " ", done.stdout)
    assert "98 88 12 01 00 00 40 03 50 F1" in said
    directory, message, numbers, book = said.split("Working Elementary File ID ")[1:]
    assert "EF structure: Linear fixed" in directory
    assert "EF structure: Transparent" in message
    assert f"File size: {len(MESSAGE) + 32} bytes" in message
    assert "Number of records: 10" in numbers
    assert "Max. record size: 28 bytes" in numbers
    assert numbers.index("41 6E 6E FF") < numbers.index("Record 2:")
    assert "Life cycle: Operational, deactivated" in book
    assert out.read_bytes() == MESSAGE + b"\xff" * 32


@with_plain_driver
def test_an_explorer_enters_a_pin(opensc: dict[str, str], slot: VpcdReader, tmp_path: Path) -> None:
    slot.insert(build(CardImage.model_validate({"pin": "1234", "imsi": "001010123456789"})))
    script = tmp_path / "script"
    read = "apdu 00 B0 00 00 09"
    pin = ":".join(f"{octet:02x}" for octet in b"1234\xff\xff\xff\xff")
    wrong = ":".join(["39"] * 8)
    application = "cd aid:A0000000871002FF33FF018900000100"
    script.write_text(
        f"{application}\napdu 00 A4 00 0C 02 6F 07\n{read}\nverify CHV1 {wrong}\nverify CHV1 {pin}\n{read}\n"
    )
    done = run(opensc, "opensc-explorer", "--reader", slot.name, str(script))
    assert "SW1=0x69, SW2=0x82" in done.stdout
    assert "Incorrect code, 2 tries left" in done.stdout + done.stderr
    assert "Code correct" in done.stdout
    assert "08 09 10 10 10 32 54 76 98" in done.stdout


@with_plain_driver
def test_commands_by_hand(opensc: dict[str, str], slot: VpcdReader) -> None:
    slot.insert(build(load_image("test-usim")))
    sent = run(opensc, "opensc-tool", "--reader", slot.name, "-s", "00A40004022F0000", "-s", "00B2010430")
    assert "(SW1=0x90, SW2=0x00)" in sent.stdout
    assert "A0 00 00 00 87 10 02 FF 33 FF 01 89" in sent.stdout
    # A UICC tells nobody what is in a directory; OpenSC lists the MF, and says that it cannot go on.
    listed = run(opensc, "opensc-tool", "--reader", slot.name, "--list-files")
    assert listed.stdout.startswith("3f00 type: DF")
    assert "Not supported" in listed.stderr
