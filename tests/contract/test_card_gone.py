"""A card that is pulled out of a real reader while it is read, on a rig that waits for cards to be inserted."""

from __future__ import annotations

from pathlib import Path

import pytest

from hil.account import Account
from hil.card.image import load_image
from hil.card.uicc.build import build
from hil.card.vpcd import VpcdReader
from hil.scenario.play import play
from tests import pcscd
from tests.peers import require

RIG = """
server: builtin
card: {kind: pcsc, reader: Virtual PCD*, wait: 1 h}
modem: virtual
push: sms
device: simulated
"""
SCENARIO = """
name: pulled out
steps:
  - device.power_on:
    timeout: 1 min
  - expect.ignored: {what: card, because: ''}
  - expect.node: {uri: ./DMAcc, value: ''}
"""
ADDRESSES = {"server.url": "http://127.0.0.1:1/dm", "server.bootstrap_url": "http://127.0.0.1:1/b"}


@pytest.mark.pcsc
@pytest.mark.parametrize("commands", [1, 12, 20])
def test_nobody_waits_for_the_card_to_come_back(tmp_path: Path, commands: int) -> None:
    require("pcscd", "vpcd", "pyscard")
    hand = VpcdReader(port=pcscd.shared().port)
    image = load_image("operator-sim")
    image = image.model_copy(update={"faults": image.faults.model_copy(update={"removed_after": commands})})
    hand.insert(build(image.substituted(Account().variables() | ADDRESSES)))
    try:
        (tmp_path / "rig.yaml").write_text(RIG)
        (tmp_path / "s.yaml").write_text(SCENARIO)
        (result,) = play([str(tmp_path / "s.yaml")], str(tmp_path / "rig.yaml"), out=tmp_path / "out", junit=None)
    finally:
        hand.remove()
    assert result.passed, result.broken
