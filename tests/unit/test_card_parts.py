"""Card images, the card parts that insert them, and ``dmrig card read``."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hil import data
from hil.account import Account
from hil.bench import Bench
from hil.card import report
from hil.card.image import CardImage, load_image
from hil.card.pcsc_errors import error_for
from hil.card.uicc.build import build
from hil.card.virtual import VirtualCard, VirtualReader, VirtualSettings
from hil.cli.main import run as command_line
from hil.clock import JumpingClock
from hil.errors import CardGone, InvalidFile, NoCard, PartBroke, PartMissing, UsageError
from hil.scheduler import Scheduler
from hil.trace.record import Record
from hil.trace.recorder import Recorder
from simulator.bootstrap import message

VARIABLES = {
    **Account().variables(),
    "server.url": "http://127.0.0.1:4711/dm",
    "server.bootstrap_url": "http://127.0.0.1:4711/bootstrap",
}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    clock = JumpingClock(datetime(2026, 1, 1, tzinfo=UTC))
    return Bench(Scheduler(clock), Recorder(clock.now), 1, Account(), "generic", tmp_path)


def test_text_stays_text(tmp_path: Path) -> None:
    path = tmp_path / "card.yaml"
    path.write_text("imsi: 001010123456789\npin: 0123\niccid: 0988211000000430010\nabout: no\n")
    image = load_image(str(path))
    assert (image.imsi, image.pin, image.iccid, image.about) == (
        "001010123456789",
        "0123",
        "0988211000000430010",
        "no",
    )


def test_every_mistake_of_an_image_has_its_place(tmp_path: Path) -> None:
    path = tmp_path / "card.yaml"
    path.write_text("imsi: 12AB\nlayuot: {}\nbootstrap:\n  account: {server_id: x}\nlayout: {padding: FE}\n")
    with pytest.raises(InvalidFile) as caught:
        load_image(str(path))
    text = str(caught.value)
    assert f"{path}:1:7: 6 to 15 digits are expected" in text
    assert f"{path}:2:1: 'layuot' is no word here; did you mean 'layout'?" in text
    assert f"{path}:4:12: 'address' is missing here" in text
    assert "'FE' is not one of none, FF, 00, garbage" in text


def test_a_bootstrap_is_an_account_or_a_message(tmp_path: Path) -> None:
    path = tmp_path / "card.yaml"
    path.write_text("bootstrap: {}\n")
    with pytest.raises(InvalidFile, match="one of 'account', 'server' and 'message'"):
        load_image(str(path))


def test_an_unknown_variable_and_one_that_does_not_fit() -> None:
    image = CardImage.model_validate({"imsi": "${sim.imsi}"})
    with pytest.raises(UsageError, match=r"uses \$\{sim.imsi\}, which has no value here") as caught:
        image.substituted({"server.url": "x"})
    assert caught.value.hint == "known are: server.url"
    with pytest.raises(UsageError, match="imsi gets a value that does not fit"):
        image.substituted({"sim.imsi": "twelve"})
    assert image.substituted({"sim.imsi": "001010123456789"}).imsi == "001010123456789"


def test_a_nonce_that_is_no_base64() -> None:
    image = CardImage.model_validate(
        {"bootstrap": {"account": {"server_id": "s", "address": "http://x", "client_nonce": "?"}}}
    )
    with pytest.raises(UsageError, match="no base64"):
        build(image)


def test_a_message_that_no_file_can_hold() -> None:
    with pytest.raises(UsageError, match="at most 65535"):
        build(CardImage.model_validate({"bootstrap": {"message": "00" * 66000}}))


@pytest.mark.parametrize("name", data.names("cards"))
def test_every_image_that_comes_with_dmrig_makes_a_card(name: str) -> None:
    reader = VirtualReader()
    reader.insert(build(load_image(name).substituted(VARIABLES)))
    found = report.read_card(reader)
    assert found.iccid
    assert all(each.refused is None for each in found.messages)


def test_the_operators_card_brings_the_scenarios_account() -> None:
    reader = VirtualReader()
    reader.insert(build(load_image("operator-sim").substituted(VARIABLES)))
    found = report.read_card(reader)
    assert found.notes == []
    ((account,),) = [each.accounts for each in found.messages]
    default = Account()
    assert (account["server"], account["address"]) == ("dm.example.com", "http://127.0.0.1:4711/dm")
    assert (account["client name"], account["client secret"]) == (default.client_name, default.client_secret)
    assert bytes.fromhex(account["client nonce"]) == default.client_nonce
    assert (account["server name"], account["server secret"]) == (default.server_name, default.server_secret)
    assert bytes.fromhex(account["server nonce"]) == default.server_nonce


def test_a_bare_card_brings_nothing() -> None:
    reader = VirtualReader()
    reader.insert(build(load_image("bare-sim").substituted({})))
    found = report.read_card(reader)
    assert found.messages == []
    assert "no PKCS#15 application" in found.notes[0]


def test_a_truncated_message_is_refused_by_who_reads_it() -> None:
    image = load_image("operator-sim").substituted(VARIABLES)
    faults = image.faults.model_copy(update={"truncated": 10})
    layout = image.layout.model_copy(update={"padding": "none"})
    reader = VirtualReader()
    reader.insert(build(image.model_copy(update={"faults": faults, "layout": layout})))
    (found,) = report.read_card(reader).messages
    assert found.accounts == []
    assert found.refused is not None
    assert "cannot be read" in found.refused


def test_the_virtual_part_inserts_and_removes(bench: Bench) -> None:
    records: list[Record] = []
    bench.recorder.subscribe(records.append)
    part = VirtualCard(VirtualSettings(image="bare-sim"), bench)
    assert part.capabilities == {"card.insert", "card.remove", "card.image"}
    assert part.jumps
    part.start()
    assert part.identity() == {"reader": "virtual reader", "image": "bare-sim"}
    part.reader().connect()
    part.insert("operator-sim", VARIABLES)
    with pytest.raises(PartBroke, match="removed"):
        part.reader().transmit(bytes.fromhex("00A4000C023F00"))
    assert report.read_card(part.reader()).messages
    part.remove()
    part.remove()
    with pytest.raises(PartMissing):
        part.reader().connect()
    part.stop()
    assert [record.text for record in records] == [
        "card inserted: bare-sim",
        "card removed",
        "card inserted: operator-sim",
        "card removed",
    ]


def test_a_bad_image_leaves_the_card_that_is_in(bench: Bench) -> None:
    part = VirtualCard(VirtualSettings(), bench)
    part.start()
    part.insert("bare-sim")
    with pytest.raises(UsageError):
        part.insert("no-such-image")
    with pytest.raises(UsageError, match=r"server\.url"):
        part.insert("operator-sim")
    assert part.image == "bare-sim"
    part.reader().connect()


def test_an_image_beside_the_scenario(bench: Bench) -> None:
    (bench.folder / "mine.yaml").write_text("iccid: 123\n")
    part = VirtualCard(VirtualSettings(), bench)
    part.start()
    part.insert("mine.yaml")
    assert report.read_card(part.reader()).iccid == "123"


def test_what_a_card_brings_is_hidden_in_the_trace(bench: Bench) -> None:
    part = VirtualCard(VirtualSettings(), bench)
    part.start()
    part.insert("operator-sim", VARIABLES)
    hidden = bench.recorder.masker.text("IMSI 001010123456789, secret device-secret-3f9c")
    assert "001010123456" not in hidden
    assert "device-secret" not in hidden


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (0x8010001D, PartMissing, "pcscd, the PC/SC daemon, is not running"),
        (-0x7FEFFFE3, PartMissing, "pcscd, the PC/SC daemon, is not running"),
        (0x8010000C, NoCard, "no card in the reader"),
        (0x80100069, CardGone, "removed"),
        (0x80100016, CardGone, "removed"),
        (0x8010FFFF, PartBroke, "PC/SC says 8010FFFF"),
    ],
)
def test_codes_of_pcsc_in_words(code: int, kind: type[Exception], words: str) -> None:
    error = error_for(code, "reading")
    assert type(error) is kind
    assert words in str(error)
    assert error.hint


def test_card_read_hides_identities_and_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["card", "read", "--image", "operator-sim"]) == 0
    shown = capsys.readouterr().out
    assert "•••0010" in shown
    assert "dm.example.com" in shown
    for secret in ("8988211000000430010", "001010123456789", "device-secret-3f9c", "server-secret-b71e"):
        assert secret not in shown
    assert command_line(["card", "read", "--image", "operator-sim", "--show-secrets"]) == 0
    shown = capsys.readouterr().out
    for secret in ("8988211000000430010", "001010123456789", "device-secret-3f9c", "server-secret-b71e"):
        assert secret in shown


def test_card_read_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["card", "read", "--image", "operator-sim", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["imsi"] == "•••6789"
    assert shown["bootstrap"][0]["accounts"][0]["server"] == "dm.example.com"
    assert shown["bootstrap"][0]["accounts"][0]["client secret"] == "•••"


def test_card_read_of_a_bare_card_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["card", "read", "--image", "bare-sim"]) == 0
    assert "no PKCS#15 application" in capsys.readouterr().out


def test_card_read_with_words_that_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["card", "read", "--image", "bare-sim", "--reader", "x"]) == 2
    assert "exclude each other" in capsys.readouterr().err


def test_the_accounts_message_is_what_the_builder_makes() -> None:
    image = load_image("operator-sim").substituted(VARIABLES)
    uicc = build(image)
    home = next(df for df in uicc.mf.named() if df.aid.startswith(bytes.fromhex("A000000063")))
    octets = bytes(home.files[0x6431].content)  # type: ignore[union-attr]
    assert message.read(octets).message.sync_hdr.source.loc_uri == "http://127.0.0.1:4711/dm"
    assert base64.b64encode(Account().client_nonce) in octets or Account().client_nonce in octets
