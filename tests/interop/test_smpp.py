"""SMPP to service centres: what is sent reaches a device as SMS in each form; whatever one may answer is borne."""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hil.cli.main import run
from hil.errors import CannotDo, ExitCode, PartBroke, PartError, PartMissing, UsageError
from hil.limits import Limits, TimedOut
from hil.modem.served import ServedModem
from hil.modem.sms.address import Address
from hil.modem.sms.cursor import Cursor
from hil.modem.sms.segment import split
from hil.modem.sms.timestamp import TimeStamp
from hil.modem.sms.tpdu import Deliver
from hil.modem.sms.udh import Concatenation, Ports, UserDataHeader
from hil.modem.virtual.profile import NUMBER, Profile
from hil.push.contract import Meta
from hil.push.senders.smpp import Settings, SmppSender, opened
from hil.push.smpp import link as links
from hil.scenario.play import play
from simulator.push.wsp import dm_push
from tests.smsc import (
    BIND_TRANSMITTER,
    ENQUIRE_LINK,
    RESPONSE,
    SUBMIT_SM,
    UNBIND,
    ScriptedSmsc,
    pdu,
    smsc_of_another_make,
)

PUSH = dm_push("application/vnd.syncml.dm.notification", bytes(range(40))).encode()
LONG = dm_push("application/vnd.syncml.dm.notification", bytes(range(256))).encode()

SCENARIO = """\
name: A service centre wakes the device
steps:
  - card.insert: operator-sim
  - device.power_on
  - expect.session: {alert: 1201}
  - server.notify: {session: 7}
  - expect.session: {alert: 1200, id: "7", within: 20 s}
  - server.notify: {session: 8, format: "1.2", padding: 300}
  - expect.session: {alert: 1200, id: "8", within: 20 s}
"""

DESTINATION_PORT, SOURCE_PORT, PAYLOAD = 0x020B, 0x020A, 0x0424
REFERENCE, TOTAL, NUMBER_OF_SEGMENT = 0x020C, 0x020E, 0x020F


def delivers(submit: Any) -> list[bytes]:
    """What a service centre makes of a submit_sm: SMS-DELIVERs (SMPP 3.4 §5.2.12, §5.3.2)."""
    more = {tlv.tag: tlv.value for tlv in submit.tlvs}
    sender = Address.of(submit.source_addr or "+15550100")
    if submit.esm_class & 0x40:
        cursor = Cursor(submit.short_message)
        header = UserDataHeader.read(cursor)
        parts = [(header, submit.short_message[cursor.offset :])]
    else:
        ports = Ports(*(int.from_bytes(more[tag], "big") for tag in (DESTINATION_PORT, SOURCE_PORT)))
        if PAYLOAD in more:
            assert submit.short_message == b""
            parts = split(more[PAYLOAD], ports, reference=5)
        elif REFERENCE in more:
            reference, total, number = (
                int.from_bytes(more[tag], "big") for tag in (REFERENCE, TOTAL, NUMBER_OF_SEGMENT)
            )
            parts = [
                (UserDataHeader((Concatenation(reference, total, number, True), ports)), submit.short_message)
            ]
        else:
            parts = [(UserDataHeader((ports,)), submit.short_message)]
    return [
        Deliver(
            sender, TimeStamp.of(datetime.now(UTC)), piece, header, data_coding_scheme=submit.data_coding
        ).encode()
        for header, piece in parts
    ]


@pytest.mark.parametrize("form", ["udh", "sar", "payload"])
def test_a_notification_goes_by_a_service_centre_to_the_device_as_sms(form: str, tmp_path: Path) -> None:
    modem = ServedModem(Profile(), lambda: datetime.now(UTC), lambda deadline: None)
    submits: list[Any] = []

    def taken(submit: Any) -> None:
        submits.append(submit)
        for tpdu in delivers(submit):
            modem.deliver(tpdu)

    (tmp_path / "scenario.yaml").write_text(SCENARIO)
    modem.start()
    try:
        with smsc_of_another_make(taken) as port:
            (tmp_path / "rig.yaml").write_text(
                f"""server: builtin
card: virtual
modem: {{kind: serial, port: {modem.path}}}
push: {{kind: smpp, smsc: "127.0.0.1:{port}", user: bench, password: secret, form: {form}, to: "{NUMBER}"}}
device: simulated
"""
            )
            (result,) = play(
                [str(tmp_path / "scenario.yaml")],
                str(tmp_path / "rig.yaml"),
                out=tmp_path / "out",
                junit=None,
            )
    finally:
        modem.close()
    assert result.passed, (result.message, result.broken)
    assert len(submits) == {"udh": 4, "sar": 4, "payload": 2}[form]
    assert {(each.destination_addr, each.dest_addr_ton, each.data_coding) for each in submits} == {
        (NUMBER.lstrip("+"), int(NUMBER.startswith("+")), 4)
    }


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    with smsc_of_another_make(lambda submit: None) as port:
        words = ["--to", "smpp:+15551230000", "--set", f"smsc=127.0.0.1:{port}", "--set", "user=me"]
        assert run(["push", "send", LONG.hex(), *words]) == ExitCode.PASSED
    assert "sent: 3 SMS" in capsys.readouterr().out


def sender(port: int, **more: object) -> SmppSender:
    return SmppSender("+15551230000", Settings.model_validate({"smsc": f"127.0.0.1:{port}", **more}), bytes)


@contextmanager
def impatient(seconds: float) -> Iterator[None]:
    patience, links.PATIENCE = links.PATIENCE, seconds
    try:
        yield
    finally:
        links.PATIENCE = patience


def test_an_exchange_to_its_end() -> None:
    with ScriptedSmsc(0, 0, 0) as smsc:
        sent = sender(smsc.port).send(PUSH, Meta())
        assert (sent.accepted, sent.details["message_ids"]) == (True, ["id"])
    assert smsc.commands == [BIND_TRANSMITTER, SUBMIT_SM, UNBIND]


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ([0x0E], "bind_transmitter: invalid password (0x0E); is the password"),
        ([0x0F], "bind_transmitter: invalid system id (0x0F); is the user known"),
        ([0, 0x0B], "submit_sm: invalid destination address (0x0B); is the number complete"),
        ([0, 0x45], "submit_sm: submit_sm or submit_multi failed (0x45)"),
        ([0, 0x0499], "submit_sm: a code of the service centre's own (0x499)"),
        ([0, 0x77], "submit_sm: a code that SMPP 3.4 has not (0x77)"),
    ],
)
def test_refusals_in_words(script: list[int], says: str) -> None:
    with ScriptedSmsc(*script, 0) as smsc:
        sent = sender(smsc.port).send(PUSH, Meta())
    assert not sent.accepted
    assert sent.text.startswith(says)


def test_a_service_centre_that_is_too_busy_is_asked_again() -> None:
    with ScriptedSmsc(0, 0x58, 0x14, 0, 0) as smsc:
        assert sender(smsc.port, wait="1 ms").send(PUSH, Meta()).accepted
    assert smsc.commands.count(SUBMIT_SM) == 3
    assert smsc.bodies[1] == smsc.bodies[2] == smsc.bodies[3]
    with ScriptedSmsc(0, 0x58, 0x58, 0) as smsc:
        sent = sender(smsc.port, wait="1 ms", tries=2).send(PUSH, Meta())
    assert not sent.accepted
    assert "(0x58); settings per_second, tries and wait" in sent.text
    assert smsc.commands == [BIND_TRANSMITTER, SUBMIT_SM, SUBMIT_SM, UNBIND]


def test_enquire_link_is_answered_before_a_response_and_while_waiting() -> None:
    bound = pdu(BIND_TRANSMITTER | RESPONSE, 0, 2, b"smsc\0") + pdu(ENQUIRE_LINK, 0, 99)
    with ScriptedSmsc(pdu(ENQUIRE_LINK, 0, 98) + bound, 0, 0, 0, 0) as smsc:
        assert sender(smsc.port, per_second=100.0).send(LONG, Meta()).accepted
    assert smsc.commands.count(ENQUIRE_LINK | RESPONSE) == 2
    assert smsc.commands.count(SUBMIT_SM) == 3


def test_a_message_that_is_taken_in_part_is_an_error() -> None:
    with ScriptedSmsc(0, 0, 0x45, 0) as smsc, pytest.raises(PartBroke, match="took 1 of 3 messages"):
        sender(smsc.port).send(LONG, Meta())


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ([], "closed the connection"),
        ([0], "closed the connection"),
        ([b"HTTP/1.1 400 Bad Request\r\n\r\n"], "no SMPP: a PDU of"),
        ([struct.pack(">L", 3)], "no SMPP: a PDU of"),
        ([struct.pack(">LLLL", 17, 0x7777, 0, 1) + b"x"], "no SMPP"),
        ([pdu(UNBIND, 0, 7)], "has ended the session"),
        ([pdu(ENQUIRE_LINK, 0, 7) * 200], "says much"),
    ],
)
def test_service_centres_that_are_none(script: list[bytes | int], says: str) -> None:
    with ScriptedSmsc(*script) as smsc, pytest.raises(PartError) as error:
        sender(smsc.port).send(PUSH, Meta())
    assert says in str(error.value)


def test_silence_is_waited_for_in_bounds() -> None:
    with (
        ScriptedSmsc(b"\0\0\0\x10") as smsc,
        impatient(0.2),
        pytest.raises(PartBroke, match="not answered within"),
    ):
        sender(smsc.port).send(PUSH, Meta())
    limits = Limits()
    with (
        ScriptedSmsc(b"\0\0\0\x10") as smsc,
        limits.limited("this step", timedelta(seconds=0.2)),
        pytest.raises(TimedOut, match=r"this step may take 0\.2 s.*the service centre at .* has not answered$"),
    ):
        opened("smpp:1", Settings.model_validate({"smsc": f"127.0.0.1:{smsc.port}"}), limits).send(PUSH, Meta())
    with ScriptedSmsc() as smsc:
        port = smsc.port
    with pytest.raises(PartMissing, match="no service centre at 127"):
        sender(port).send(PUSH, Meta())


@given(st.binary(min_size=1, max_size=60), st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_octets_are_borne(octets: bytes, whole: bool) -> None:
    answer = struct.pack(">L", 4 + len(octets)) + octets if whole else octets
    with ScriptedSmsc(answer) as smsc, impatient(0.05), pytest.raises(PartError):
        sender(smsc.port).send(PUSH, Meta())


def test_what_cannot_go(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CannotDo, match="too many"):
        sender(1, form="payload").send(bytes(70_000), Meta())
    with pytest.raises(CannotDo, match="255 are allowed"):
        sender(1).send(bytes(70_000), Meta())
    for number in ("", "x", "+", "1" * 21):
        with pytest.raises(UsageError, match="names no number"):
            opened(f"smpp:{number}", Settings.model_validate({"smsc": "x"}))
    with pytest.raises(ValueError, match=r"write it like 192\.0\.2\.7:2775"):
        Settings.model_validate({"smsc": "x:y"})
    monkeypatch.setitem(sys.modules, "smpplib", None)
    monkeypatch.delitem(sys.modules, "hil.push.smpp.link")
    monkeypatch.delattr("hil.push.smpp.link")
    with pytest.raises(PartMissing, match="smpplib is not installed") as error:
        sender(1)
    assert error.value.hint == "python -m pip install 'dmrig[smpp]'"


@pytest.mark.parametrize(("wide", "size"), [(False, 1), (True, 2)])
def test_references_differ(wide: bool, size: int) -> None:
    asked: list[int] = []

    def random(count: int) -> bytes:
        asked.append(count)
        return bytes([0xAB] * count)

    with ScriptedSmsc(0, 0, 0, 0, 0) as smsc:
        chosen = Settings.model_validate({"smsc": f"127.0.0.1:{smsc.port}", "wide_reference": wide})
        assert SmppSender("1", chosen, random).send(LONG, Meta()).accepted
    assert asked == [size]
    assert all(b"\xab" * size in body for body in smsc.bodies[1:4])


def test_time_is_waited_for_between_messages() -> None:
    """So many in a second, at most: half a second for two pauses is bounded below, never above."""
    with ScriptedSmsc(0, 0, 0, 0, 0) as smsc:
        before = datetime.now(UTC)
        assert sender(smsc.port, per_second=10.0).send(LONG, Meta()).accepted
        assert datetime.now(UTC) - before >= timedelta(milliseconds=190)
