"""Runs that want the same hardware: a port by another name, a card by its ICCID, a modem by its IMEI."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from hil.account import Account
from hil.bench import Bench
from hil.card.image import load_image
from hil.card.pcsc import PcscCard, PcscSettings
from hil.card.uicc.build import build
from hil.card.vpcd import VpcdReader
from hil.errors import PartInUse, PartMissing
from hil.locks import Locks
from hil.modem.part_serial import SerialModemPart, SerialModemSettings
from hil.modem.virtual.profile import IMEI
from hil.rig.load import RigChoice, load_rig
from hil.rig.rig import Rig
from tests import pcscd
from tests.at_program import serving
from tests.modem_bench import World
from tests.peers import require


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def bench() -> Bench:
    return replace(World().bench(), account=Account())


def modem(bench: Bench, **settings: str) -> SerialModemPart:
    return SerialModemPart(SerialModemSettings.model_validate(settings), bench)


def test_a_modem_is_one_thing_by_whatever_name(bench: Bench, tmp_path: Path) -> None:
    link = tmp_path / "modem"
    with serving("--link", link) as program:
        mine, other = Locks("mine"), Locks("other")
        modem(bench, port=str(link)).claim(mine)
        (thing,) = mine.held
        assert thing == f"port {link.resolve()}"
        for settings in (
            {"port": str(link.resolve())},
            {"port": str(tmp_path / "mod*")},
            {"port": str(link), "imei": IMEI},
        ):
            with pytest.raises(PartInUse, match="in use by mine"):
                modem(bench, **settings).claim(other)
        assert other.held == ()
        program.end()


def test_a_modem_is_found_by_its_imei_among_several(bench: Bench, tmp_path: Path) -> None:
    wanted, elsewhere = "352099001761481", "111111111111111"
    with (
        serving("--link", tmp_path / "modem1", "--vendor", "telit") as first,
        serving("--link", tmp_path / "modem2", "--imei", wanted) as second,
    ):
        locks, any_of = Locks("mine"), str(tmp_path / "modem*")
        part = modem(bench, port=any_of, imei=wanted)
        part.claim(locks)
        assert locks.held == (f"port {(tmp_path / 'modem2').resolve()}",)
        part.start()
        assert part.identity()["imei"] == wanted
        part.stop()
        # the other one is free, and while this one has a holder nobody can tell where a third may be
        other = Locks("other")
        modem(bench, port=any_of, imei=IMEI).claim(other)
        other.drop_all()
        with pytest.raises(PartInUse, match="in use by mine"):
            modem(bench, port=any_of, imei=elsewhere).claim(other)
        locks.drop_all()
        with pytest.raises(PartMissing, match=f"IMEI •••{elsewhere[-4:]}") as raised:
            modem(bench, port=any_of, imei=elsewhere).claim(locks)
        assert locks.held == ()
        assert raised.value.hint is not None
        assert all(f"another modem (•••{imei[-4:]})" in raised.value.hint for imei in (IMEI, wanted))
        first.end()
        second.end()


@pytest.fixture
def hands() -> Iterator[tuple[VpcdReader, VpcdReader]]:
    """Two virtual slots, empty."""
    require("pcscd", "vpcd", "pyscard")
    port = pcscd.shared().port
    first, second = VpcdReader(port=port), VpcdReader("Virtual PCD ?? 01", port=port + 1)
    yield first, second
    for hand in (first, second):
        hand.disconnect()
        hand.remove()


def card(bench: Bench, **settings: str) -> PcscCard:
    return PcscCard(PcscSettings.model_validate({"wait": "0 s", **settings}), bench)


ICCID = "8901010123456789012"


@pytest.mark.pcsc
def test_a_card_is_found_by_its_iccid_in_whichever_reader(
    bench: Bench, hands: tuple[VpcdReader, VpcdReader]
) -> None:
    first, second = hands
    first.insert(build(load_image("bare-sim")))
    second.insert(build(load_image("bare-sim").model_copy(update={"iccid": ICCID})))
    mine, other = Locks("mine"), Locks("other")
    part = card(bench, iccid=ICCID)
    part.claim(mine)
    part.start()
    assert len(mine.held) == 1
    assert "Virtual PCD 00 01" in mine.held[0]
    reader = part.reader()
    assert reader.connect()
    # nothing is left selected from looking which card it is
    assert reader.transmit(bytes.fromhex("00B0000002"))[-2:] != b"\x90\x00"
    with pytest.raises(PartInUse, match=r"01.* is in use by mine"):
        card(bench, iccid=ICCID).claim(other)
    card(bench, reader="Virtual PCD 00 00").claim(other)
    other.drop_all()
    part.clean_up()
    mine.drop_all()
    # another card in its place is not taken
    second.remove()
    second.insert(build(load_image("bare-sim")))
    with pytest.raises(PartMissing, match=f"the ICCID .*, and •••{ICCID[-4:]} is wanted"):
        reader.connect()
    with pytest.raises(PartMissing, match=f"no reader has the card with ICCID •••{ICCID[-4:]}"):
        card(bench, iccid=ICCID).claim(other)
    assert other.held == ()


@pytest.mark.pcsc
def test_a_card_that_is_still_to_come_holds_the_empty_readers(
    bench: Bench, hands: tuple[VpcdReader, VpcdReader]
) -> None:
    first, second = hands
    first.insert(build(load_image("bare-sim")))
    locks = Locks("mine")
    part = card(bench, iccid=ICCID, wait="5 s")
    part.claim(locks)
    part.start()
    assert len(locks.held) == 1
    assert "Virtual PCD 00 01" in locks.held[0]
    second.insert(build(load_image("bare-sim").model_copy(update={"iccid": ICCID})))
    assert part.reader().connect()
    part.stop()


RIG = """
server: builtin
card: {{kind: modem, by: csim}}
modem: {{kind: serial, port: "{port}"}}
device: simulated
"""


def test_a_run_waits_for_another_or_ends_saying_who_has_it(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("name: x\nsteps: [device.power_on]\n")
    with serving("--link", tmp_path / "modem", "--card", "operator-sim") as program:
        (tmp_path / "rig.yaml").write_text(RIG.format(port=tmp_path / "modem"))
        locks = Locks("the other scenario")
        locks.take(f"port {(tmp_path / 'modem').resolve()}")
        words = [sys.executable, "-m", "hil", "run", str(tmp_path / "s.yaml"), "--rig", str(tmp_path / "rig.yaml")]
        refused = subprocess.run(
            [*words, "--out", str(tmp_path / "refused")], stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        assert refused.returncode == 3
        assert "is in use by the other scenario (pid" in refused.stdout
        waiting = [*words, "--out", str(tmp_path / "waited"), "--wait", "1 min"]
        with subprocess.Popen(waiting, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as run:
            assert run.stdout is not None
            assert any("in use by the other scenario" in line for line in run.stdout)
            locks.drop_all()
            said = run.stdout.read()
            assert run.wait() == 0, said
        program.end()


def test_a_run_that_cannot_have_all_has_nothing(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "rig.yaml").write_text(
        f"server: {{kind: builtin, port: 8765}}\ncard: virtual\ndevice: simulated\n"
        f"modem: {{kind: serial, port: {tmp_path}/none}}\n"
    )
    other = Locks("other")
    other.take(f"port {tmp_path}/none")
    rig = Rig(load_rig(RigChoice(str(tmp_path / "rig.yaml"), wait=timedelta(milliseconds=300))), bench, "mine")
    with pytest.raises(PartInUse), rig:
        pass
    assert rig.locks.held == ()
    Locks("third").take("TCP port 8765")
