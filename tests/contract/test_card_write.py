"""Writing a bootstrap to a card in a reader: over pyscard, pcscd and vpcd, with cards that misbehave."""

from __future__ import annotations

import base64
import json
import socket
import stat
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from hil.account import Account
from hil.card.dump.copying import dump
from hil.card.image import CardImage, load_image
from hil.card.imagetext import document_of, text
from hil.card.keys import Refusal
from hil.card.report import read_card
from hil.card.uicc.build import build
from hil.card.uicc.card import Uicc
from hil.card.write.perform import WriteStopped
from hil.card.write.session import Unsuitable
from hil.cli.main import cli
from hil.errors import BenchError, UsageError
from hil.rig.load import load_rig
from hil.scenario.load import load_scenario
from hil.scenario.runner import run_scenario
from tests import pcscd
from tests.peers import require

if TYPE_CHECKING:
    from hil.card.vpcd import VpcdReader

pytestmark = pytest.mark.pcsc

ICCID = "8988211000000430051"
ADM = "88888888"

VERIFY, UPDATE = 0x20, 0xD6

Answer = Callable[[bytes, bytes], bytes]


class Watched(Uicc):
    """A card whose commands are kept, and whose answers a test may change."""

    commands: list[bytes]
    instead: Answer

    @classmethod
    def of(cls, card: Uicc, instead: Answer = lambda command, answer: answer) -> Watched:
        made = cls(**{each.name: getattr(card, each.name) for each in fields(card)})
        made.commands, made.instead = [], instead
        return made

    def process(self, apdu: bytes) -> bytes:
        self.commands.append(apdu)
        return self.instead(apdu, super().process(apdu))

    def sent(self, instruction: int) -> list[bytes]:
        return [each for each in self.commands if each[1] == instruction and len(each) > 5]


@pytest.fixture
def slot() -> Iterator[VpcdReader]:
    require("pcscd", "vpcd", "pyscard")
    from hil.card.vpcd import VpcdReader

    reader = VpcdReader(port=pcscd.shared().port)
    yield reader
    reader.disconnect()
    reader.remove()


@pytest.fixture
def image(tmp_path: Path) -> str:
    return image_file(tmp_path / "card.yaml", "http://127.0.0.1:8080/dm")


def image_file(path: Path, url: str) -> str:
    """The operator's SIM of the scenarios, with this address."""
    variables = {**Account().variables(), "server.url": url}
    words = load_image("operator-sim").substituted(variables).model_copy(update={"iccid": None, "imsi": None})
    path.write_text(text(document_of(words), "An image."))
    return str(path)


def usim(changes: dict[str, object] | None = None) -> CardImage:
    return CardImage.model_validate({**load_image("test-usim").model_dump(), **(changes or {})})


def invoke(slot: VpcdReader, *arguments: str) -> Result:
    return CliRunner().invoke(
        cli,
        ["card", "write", "--reader", slot.name, *arguments],
        env={"DMRIG_CARD_ADM": None},
        catch_exceptions=False,
    )


def refused(slot: VpcdReader, kind: type[BenchError], *arguments: str) -> str:
    with pytest.raises(kind) as caught:
        invoke(slot, *arguments)
    return f"{caught.value} / {caught.value.hint}"


def really(tmp_path: Path) -> list[str]:
    return ["--really", "--iccid", ICCID, "--adm", ADM, "--backup", str(tmp_path / "backup.yaml")]


def planned(slot: VpcdReader, *arguments: str) -> str:
    """All that would be written, in hex."""
    return "".join(line.split()[1] for line in json.loads(invoke(slot, "--json", *arguments).stdout)["planned"])


def copied(slot: VpcdReader) -> str:
    return dump(slot, lambda text: None).text


def test_a_dry_run_shows_everything_and_does_nothing(slot: VpcdReader, image: str) -> None:
    card = Watched.of(build(usim()))
    slot.insert(card)
    before = copied(slot)
    done = invoke(slot, "--adm", ADM, image)
    assert "card •••0051" in done.stdout
    assert "EF(DM_Bootstrap) 6431: " in done.stdout
    assert "EF(DODF-bootstrap) 6430: " in done.stdout
    assert "  > 0020000A08 ••••••••  VERIFY ADM 0A" in done.stdout
    assert "  > 00D6000022 3020300E0C0C444D20426F6F747374726170" in done.stdout
    assert "nothing was written; --really does it" in done.stdout
    nonce = base64.b64encode(Account().client_nonce).decode()
    for secret in (Account().client_secret, Account().server_secret, nonce):
        assert secret.encode().hex().upper() not in planned(slot, "--adm", ADM, image)
        assert secret.encode().hex().upper() in planned(slot, "--show-secrets", "--adm", ADM, image)
    assert not card.sent(UPDATE)
    assert not card.sent(VERIFY)
    assert copied(slot) == before


def test_written_and_the_device_bootstraps_from_it(slot: VpcdReader, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    image = image_file(tmp_path / "card.yaml", f"http://127.0.0.1:{port}/dm")
    card = Watched.of(build(usim()))
    slot.insert(card)
    before = copied(slot)
    done = invoke(slot, *really(tmp_path), image)
    assert "a device finds 1 bootstrap messages on the card now" in done.stdout
    assert len(card.sent(VERIFY)) == 1
    assert done.stderr.count("UPDATE BINARY") == len(card.sent(UPDATE)) > 3
    assert ADM.encode().hex() not in done.output
    backup = tmp_path / "backup.yaml"
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert ADM not in backup.read_text()
    assert before.splitlines()[3:] == backup.read_text().splitlines()[3:]
    rig = {"server": f"{{kind: builtin, port: {port}}}", "card": "{kind: pcsc, reader: 'Virtual*', wait: 2 s}"}
    rig |= {"modem": "virtual", "device": "simulated"}
    (tmp_path / "rig.yaml").write_text("".join(f"{role}: {kind}\n" for role, kind in rig.items()))
    (tmp_path / "life.yaml").write_text(
        "name: From a written card\nsteps:\n  - device.power_on\n"
        "  - expect.account: {server: dm.example.com, origin: card}\n  - expect.session\n"
    )
    assert run_scenario(
        load_scenario(tmp_path / "life.yaml"), load_rig(str(tmp_path / "rig.yaml")), lambda _: None
    ).passed
    # Once more there is nothing to do, and the key is not shown again in a dry run.
    assert "has all that already" in invoke(slot, image).stdout
    assert len(card.sent(VERIFY)) == 1


def test_files_whose_size_the_card_does_not_tell_are_written_too(
    slot: VpcdReader, image: str, tmp_path: Path
) -> None:
    slot.insert(build(usim({"layout": {"sizes": False}})))
    before = copied(slot)
    assert "sizes: no" in before
    assert "a device finds 1 bootstrap messages" in invoke(slot, *really(tmp_path), image).stdout
    again = ["--restore", "--adm", ADM, "--iccid", ICCID, "--really", "--backup", str(tmp_path / "second.yaml")]
    assert "a device finds 0 bootstrap messages" in invoke(slot, *again, str(tmp_path / "backup.yaml")).stdout
    assert copied(slot) == before


def test_the_backup_brings_the_card_back(slot: VpcdReader, image: str, tmp_path: Path) -> None:
    card = build(usim())
    slot.insert(card)
    before = copied(slot)
    invoke(slot, *really(tmp_path), image)
    assert copied(slot) != before
    backup = str(tmp_path / "backup.yaml")
    again = [
        "--restore",
        "--adm",
        ADM,
        "--iccid",
        ICCID,
        "--really",
        "--backup",
        str(tmp_path / "second.yaml"),
        backup,
    ]
    assert "a device finds 0 bootstrap messages" in invoke(slot, *again).stdout
    assert copied(slot) == before


def test_a_card_that_refuses_in_the_middle(slot: VpcdReader, image: str, tmp_path: Path) -> None:
    def third_fails(command: bytes, answer: bytes) -> bytes:
        return b"\x65\x81" if len(card.sent(UPDATE)) == 3 and command[1] == UPDATE else answer

    card = Watched.of(build(usim()), third_fails)
    slot.insert(card)
    before = copied(slot)
    said = refused(slot, WriteStopped, *really(tmp_path), image)
    assert "refuses UPDATE BINARY" in said
    assert "6581" in said
    assert "stopped after 3 UPDATE BINARY, 0 of 2 files are as planned" in said
    assert f"is in {tmp_path / 'backup.yaml'}; to bring that back: dmrig card write --restore" in said
    assert len(card.sent(UPDATE)) == 3
    card.instead = lambda command, answer: answer
    backup = str(tmp_path / "backup.yaml")
    invoke(slot, "--restore", "--adm", ADM, "--iccid", ICCID, "--really", "--backup", f"{backup}2", backup)
    assert copied(slot) == before


def test_a_card_that_reads_back_something_else(slot: VpcdReader, image: str, tmp_path: Path) -> None:
    def damaged(command: bytes, answer: bytes) -> bytes:
        wrong = bytes([answer[0] ^ 1]) + answer[1:] if answer else answer
        return wrong if command[1] == 0xB0 and card.sent(UPDATE) else answer

    card = Watched.of(build(usim()), damaged)
    slot.insert(card)
    said = refused(slot, WriteStopped, *really(tmp_path), image)
    assert "byte 0 reads back as something else" in said
    assert len(card.sent(UPDATE)) == 1


def test_a_card_that_is_pulled_out_in_the_middle(slot: VpcdReader, image: str, tmp_path: Path) -> None:
    image_of_card = usim()
    card = Watched.of(build(image_of_card))
    slot.insert(card)
    before = copied(slot)

    def pulled(command: bytes, answer: bytes) -> bytes:
        if len(card.sent(UPDATE)) == 2:
            card.behaviour = build(usim({"faults": {"removed_after": 0}})).behaviour
        return answer

    card.instead = pulled
    said = refused(slot, WriteStopped, *really(tmp_path), image)
    assert "stopped after" in said
    assert "--restore" in said
    slot.remove()
    card.instead, card.behaviour = (lambda command, answer: answer), build(image_of_card).behaviour
    slot.insert(card)
    assert copied(slot) != before
    backup = str(tmp_path / "backup.yaml")
    invoke(slot, "--restore", "--adm", ADM, "--iccid", ICCID, "--really", "--backup", f"{backup}2", backup)
    assert copied(slot) == before


def test_a_backup_of_another_card_and_what_is_no_backup(slot: VpcdReader, tmp_path: Path) -> None:
    slot.insert(build(usim()))
    own, other = tmp_path / "own.yaml", tmp_path / "other.yaml"
    own.write_text(copied(slot))
    other.write_text(own.read_text().replace("988812010000400350F1", "988812010000400310F0"))
    assert "has all that already" in invoke(slot, "--restore", str(own)).stdout
    assert "of another card" in refused(slot, Unsuitable, "--restore", str(other))
    assert "it is no backup" in refused(slot, UsageError, "--restore", "bare-sim")


def test_what_a_backup_could_not_read_is_not_brought_back(slot: VpcdReader, tmp_path: Path) -> None:
    """Its file in the backup is full of FF, which the card's never was."""
    card = build(without("6431", read="pin2", hex=b"\x02\x00"))
    slot.insert(card)
    backup = tmp_path / "backup.yaml"
    backup.write_text(copied(slot))
    assert "unread: yes" in backup.read_text()
    card.pins[0x81].enabled = False
    assert "has all that already" in invoke(slot, "--restore", str(backup)).stdout


def test_interrupted(image: str) -> None:
    """The way back is told then, too."""
    from hil.card.virtual import VirtualReader
    from hil.card.write import bootstrap
    from hil.card.write.session import Writing

    def interrupt(change: object, at: int, piece: bytes) -> None:
        raise KeyboardInterrupt

    reader = VirtualReader()
    reader.insert(build(usim()))
    wanted, told = load_image(image), list[str]()
    make_plan = lambda found, keys: bootstrap.plan(found, wanted, keys)  # noqa: E731
    writing = Writing(reader, make_plan, {0x0A: ADM}, tell=told.append)
    writing.look()
    writing.open()
    with pytest.raises(KeyboardInterrupt):
        writing.write(Path("backup.yaml"), "restore it", interrupt)
    assert told[-1] == (
        "interrupted after 0 UPDATE BINARY; the card as it was is in backup.yaml; to bring that back: restore it"
    )


def without(fid: str, **instead: object) -> CardImage:
    """The test USIM, one file of whose PKCS#15 application is not there, or is another."""
    base = load_image("test-usim").model_dump()
    for application in base["applications"]:
        files = [each for each in application["files"] if each["fid"].hex().upper() != fid]
        found = [{**each, **instead} for each in application["files"] if each["fid"].hex().upper() == fid]
        application["files"] = [*files, *(found if instead else [])]
    return CardImage.model_validate(base)


@pytest.mark.parametrize(
    ("card", "said"),
    [
        (lambda: without("6431"), "the card has no EF(DM_Bootstrap) 6431"),
        (lambda: without("6431", size=100), "EF(DM_Bootstrap) 6431 has 100 bytes, and "),
        (lambda: without("6430", size=20), "EF(DODF-bootstrap) 6430 has 20 bytes, and 34 are needed"),
        (lambda: without("5031"), "the card has no EF(ODF) 5031"),
        (lambda: without("6431", update="never"), "the card wants what nobody has"),
        (lambda: without("6431", update="adm 0B"), "to change EF(DM_Bootstrap) 6431, the card wants ADM 0B"),
        (lambda: without("6431", state="deactivated"), "6984"),
        (lambda: without("5031", hex=bytes.fromhex("A7FF")), "EF(ODF) 5031 is damaged, and is not written over"),
        (lambda: load_image("bare-sim"), "no PKCS#15 application"),
        (lambda: without("6431", read="never"), "cannot be read"),
    ],
)
def test_a_card_that_cannot_take_it_is_left_alone(
    card: Callable[[], CardImage], said: str, slot: VpcdReader, image: str, tmp_path: Path
) -> None:
    watched = Watched.of(build(card()))
    slot.insert(watched)
    told = refused(slot, Unsuitable, *really(tmp_path), image)
    assert said in told
    assert "nothing was written" in told
    assert not watched.sent(UPDATE)
    assert not (tmp_path / "backup.yaml").exists()


def test_the_card_and_the_reader_have_to_be_named(slot: VpcdReader, image: str, tmp_path: Path) -> None:
    card = Watched.of(build(usim()))
    slot.insert(card)
    assert "is not the one that is meant" in refused(
        slot, UsageError, "--really", "--adm", ADM, "--iccid", "8988211000000430010", image
    )
    assert "has to be confirmed" in refused(slot, UsageError, "--really", "--adm", ADM, image)
    with pytest.raises(UsageError, match="reader has to be named"):
        CliRunner().invoke(cli, ["card", "write", "--reader", "*", image], catch_exceptions=False)
    assert "has no bootstrap" in refused(slot, UsageError, "bare-sim")
    assert "there already" in refused(slot, UsageError, "--backup", image, image)
    assert "no reference of an issuer's key" in refused(slot, UsageError, "--adm", ADM, "--adm-key", "01", image)
    told = refused(slot, UsageError, "--adm", "123", image)
    assert "has not its form" in told
    assert "123" not in told
    assert not card.sent(VERIFY)


@pytest.mark.parametrize(("left", "flag", "tried"), [(1, [], 0), (1, ["--last-try"], 1), (3, [], 1), (0, [], 0)])
def test_a_wrong_key_is_tried_once_and_never_at_the_last_try_unasked(
    left: int, flag: list[str], tried: int, slot: VpcdReader, image: str, tmp_path: Path
) -> None:
    pins = [{"key": "0A", "value": ADM, "left": left}]
    card = Watched.of(build(usim({"pins": pins})))
    slot.insert(card)
    arguments = ["--really", "--iccid", ICCID, "--adm", "11111111", *flag, image]
    assert "11111111" not in refused(slot, Refusal, *arguments)
    assert len(card.sent(VERIFY)) == tried
    assert card.pins[0x0A].left == left - tried
    assert not card.sent(UPDATE)


def test_without_the_key_the_card_says_what_it_wants(slot: VpcdReader, image: str) -> None:
    slot.insert(build(usim()))
    assert "the card wants ADM 0A" in refused(slot, Unsuitable, image)


def test_entries_of_others_stay_and_an_old_bootstrap_goes(slot: VpcdReader, image: str, tmp_path: Path) -> None:
    """A card with GlobalPlatform's directory first, and a bootstrap in a file of another identifier."""
    old = load_image("operator-sim").substituted({**Account().variables(), "server.url": "http://127.0.0.1:1/old"})
    layout = {"foreign_dodf": True, "foreign_objects": True, "padding_size": 600, "directory_padding": "FF"}
    model = CardImage.model_validate({**old.model_dump(), "layout": layout, "pins": [{"key": "0A", "value": ADM}]})
    card = build(model)
    slot.insert(card)
    before = read_card(slot)
    assert before.messages[0].accounts[0]["address"] == "http://127.0.0.1:1/old"
    arguments = ["--really", "--iccid", "8988211000000430010", "--adm", ADM, "--backup", str(tmp_path / "b.yaml")]
    done = invoke(slot, *arguments, image)
    after = read_card(slot)
    assert [each.accounts[0]["address"] for each in after.messages] == ["http://127.0.0.1:8080/dm"]
    pkcs15 = next(df for df in card.mf.named() if df.aid.startswith(b"\xa0\x00\x00\x00\x63"))
    odf, dodf = pkcs15.files[0x5031], pkcs15.files[0x6430]
    assert odf.content.startswith(bytes.fromhex("A706300404025207A706300404026430FF"))  # type: ignore[union-attr]
    assert bytes.fromhex("672B0501") in dodf.content  # type: ignore[union-attr]
    assert "EF(ODF)" not in done.stdout


def test_a_sim_is_written_in_class_a0(slot: VpcdReader, image: str, tmp_path: Path) -> None:
    rules = {"update": "pin"}
    files = [
        {"fid": "2FE2", "hex": "988812010000400350F1"},
        {
            "fid": "7F50",
            "kind": "directory",
            "files": [
                {"fid": "5031", "size": 32, **rules},
                {"fid": "6430", "size": 128, "read": "pin", **rules},
                {"fid": "6431", "size": 2048, "read": "pin", **rules},
            ],
        },
    ]
    pins = [{"key": "01", "value": "1234"}]
    card = Watched.of(build(CardImage.model_validate({"files": files, "pins": pins, "layout": {"mode": "sim"}})))
    slot.insert(card)
    told = invoke(slot, "--pin", "1234", image).stdout
    assert "not known yet: EF(DODF-bootstrap) 6430 cannot be read (9804" in told
    assert not card.sent(VERIFY)
    arguments = ["--really", "--iccid", ICCID, "--pin", "1234", "--backup", str(tmp_path / "b.yaml"), image]
    done = invoke(slot, *arguments)
    assert "a device finds 1 bootstrap messages" in done.stdout
    assert {each[0] for each in card.commands[1:]} == {0x00, 0xA0}
    assert {each[0] for each in card.sent(UPDATE)} == {0xA0}


def test_a_plan_for_programs(slot: VpcdReader, image: str) -> None:
    slot.insert(build(usim()))
    plan = json.loads(invoke(slot, "--json", "--adm", ADM, image).stdout)
    assert plan["iccid"] == "•••0051"
    assert plan["problems"] == []
    assert plan["planned"][0].startswith("00D60000C8 03A4016A")


@pytest.mark.parametrize("shape", ["opaque", "oid"])
@pytest.mark.parametrize("paths", ["relative", "absolute", "3FFF", "7FFF"])
@pytest.mark.parametrize("extent", ["none", "length", "index"])
def test_every_layout_is_found_by_a_device(shape: str, paths: str, extent: str) -> None:
    """In process: the plan for two accounts on a card with room for both."""
    from hil.card.virtual import VirtualReader
    from hil.card.write import bootstrap
    from hil.card.write.session import Writing

    base = usim().model_dump()
    for file in base["applications"][1]["files"]:
        file["size"] = 4096 if file["fid"] == b"\x64\x31" else file["size"]
    base["applications"][1]["files"] += ({"fid": b"\x64\x32", "size": 4096},)
    variables = {**Account().variables(), "server.url": "http://127.0.0.1:8080/dm"}
    two = load_image("three-servers-sim").substituted(variables)
    layout = two.layout.model_copy(update={"shape": shape, "paths": paths, "extent": extent})
    wanted = two.model_copy(update={"bootstrap": two.bootstrap[:2], "layout": layout})
    reader = VirtualReader()
    reader.insert(build(CardImage.model_validate(base)))
    writing = Writing(
        reader, lambda found, keys: bootstrap.plan(found, wanted, keys), {0x0A: ADM}, tell=lambda _: None
    )
    writing.look()
    assert writing.open().problems == []
    found = writing.write(Path("nowhere"), "not at all", lambda change, at, piece: None)
    assert len(found.messages) == 2
    assert found.notes == []
