"""OpenSC, which knows PKCS #15 but not us, reads our virtual cards behind a real pcscd."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hil.card.image import DEFAULT_ATR, CardImage
from hil.card.uicc.build import build
from tests import pcscd
from tests.peers import require

if TYPE_CHECKING:
    from hil.card.vpcd import VpcdReader

pytestmark = pytest.mark.pcsc

MESSAGE = bytes(range(1, 256)) * 3

CONFIGURATION = """
app default {{
  card_drivers = starcos;
  card_atr {atr} {{ driver = "starcos"; }}
  framework pkcs15 {{ use_file_caching = no; enable_pkcs15_emulation = no; }}
}}
"""
"""OpenSC's PKCS #15 tools want a driver for a card; this one adds nothing of its own to ISO/IEC 7816-4."""


@pytest.fixture
def opensc(tmp_path: Path) -> dict[str, str]:
    require("pcscd", "vpcd", "pyscard", "opensc")
    path = tmp_path / "opensc.conf"
    path.write_text(CONFIGURATION.format(atr=DEFAULT_ATR.hex(":")))
    return {**os.environ, "OPENSC_CONF": str(path), "PCSCLITE_CSOCK_NAME": str(pcscd.shared().socket)}


@pytest.fixture
def slot(opensc: dict[str, str]) -> Iterator[VpcdReader]:
    from hil.card.vpcd import VpcdReader

    reader = VpcdReader(port=pcscd.shared().port)
    yield reader
    reader.remove()


@pytest.mark.parametrize("application", ["adf", "df"])
def test_the_data_object_and_its_content(application: str, opensc: dict[str, str], slot: VpcdReader) -> None:
    # OpenSC reads opaqueDO entries only; it passes over the foreign directory's oidDO.
    layout = {"application": application, "padding": "none", "foreign_dodf": True}
    image = {"bootstrap": {"message": MESSAGE.hex()}, "layout": layout}
    slot.insert(build(CardImage.model_validate(image)))
    listed = subprocess.run(
        ["pkcs15-tool", "--reader", slot.name, "--dump"],
        env=opensc,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert listed.returncode == 0, listed.stderr
    assert "PKCS#15 Card [DM bootstrap]" in listed.stdout
    entry = listed.stdout[listed.stdout.index("Data object 'DM Bootstrap'") :]
    assert re.search(r"applicationOID: +2\.23\.43\.7\.1\b", entry)
    octets = re.sub(r"[^0-9A-F]", "", entry[entry.index("bytes):") + 7 :])
    assert bytes.fromhex(octets) == MESSAGE
