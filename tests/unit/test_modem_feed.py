"""What is fed to a virtual modem by hand: lines, objects, YAML files; and files that grow."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.cli.modem.sources import Inbox, Lines
from hil.errors import BenchError, InvalidFile, UsageError
from hil.modem.feed import Feed, Feeder, yaml_entries
from hil.modem.sms import pdu
from hil.modem.sms.address import Address
from hil.modem.sms.tpdu import Deliver
from hil.modem.virtual.faults import Fault, Kind
from tests.modem_desk import NOW, message, text_message


def fed(line: str) -> Feed:
    feed = Feeder().line(line, NOW)
    assert feed is not None
    return feed


def delivered(line: str) -> list[Deliver]:
    return [Deliver.decode(tpdu) for tpdu in fed(line).tpdus]


def test_a_number_and_a_text() -> None:
    (sms,) = delivered("+4412345 Hello there")
    assert (str(sms.originating_address), sms.text, sms.header) == ("+4412345", "Hello there", None)
    assert sms.service_centre_time_stamp.datetime == NOW


def test_a_long_text_comes_in_parts() -> None:
    line = json.dumps({"from": "dmrig", "text": "Grüße aus der Ferne " * 20})
    first, second, third = delivered(line)
    assert "".join(str(part.text) for part in (first, second, third)) == "Grüße aus der Ferne " * 20
    assert [part.more_messages_to_send for part in (first, second, third)] == [True, True, False]
    feeder = Feeder()
    references = {Deliver.decode(feeder.line(line, NOW).tpdus[0]).header for _ in range(2)}  # type: ignore[union-attr]
    assert len(references) == 2


def test_data_for_a_port() -> None:
    (sms,) = delivered('{"data": "06 01 AE", "port": 2948, "data_coding_scheme": "F5"}')
    assert sms.header is not None
    assert sms.header.ports is not None
    assert (sms.payload, sms.header.ports.destination, sms.data_coding_scheme) == (b"\x06\x01\xae", 2948, 0xF5)


@pytest.mark.parametrize("tpdu", [message(), text_message("Hi")])
def test_a_pdu_with_and_without_its_service_centre(tpdu: bytes) -> None:
    assert fed(tpdu.hex()).tpdus == (tpdu,)
    assert fed(pdu.encode(tpdu)).tpdus == (tpdu,)
    assert fed(pdu.encode(tpdu, Address.of("+447785016005"))).tpdus == (tpdu,)
    assert fed(json.dumps({"pdu": tpdu.hex()})).tpdus == (tpdu,)


def test_a_damaged_pdu_is_carried_as_it_is() -> None:
    assert fed("04FF").tpdus == (b"\x04\xff",)


def test_faults() -> None:
    assert fed('{"fault": "reset"}').fault == Fault(Kind.RESET)
    hang = fed('{"fault": {"kind": "hang", "during": "10 s"}}').fault
    assert hang == Fault(Kind.HANG, during=timedelta(seconds=10))
    assert fed('{"repair": true}').repair


@pytest.mark.parametrize("line", ["", "   ", "# a comment"])
def test_nothing(line: str) -> None:
    assert Feeder().line(line, NOW) is None


@pytest.mark.parametrize(
    "line",
    [
        "hello", "+4412345", "{", "{}", '{"text": "a", "data": "00"}', '{"text": "a", "form": "x"}', "123",
        '{"fault": "earthquake"}', '{"from": "a name that is too long", "text": "x"}',
        '{"port": 70000, "data": "00"}',
        '{"from": "twelve letters", "text": "x"}', '{"data": "zz"}', "[" * 3000,
        '{"a":' * 3000, "x" * 70_000,
    ],
)  # fmt: skip
def test_what_is_no_entry(line: str) -> None:
    with pytest.raises(UsageError):
        Feeder().line(line, NOW)


@given(st.text(max_size=80))
def test_any_line_is_taken_or_refused(line: str) -> None:
    with suppress(BenchError):
        Feeder().line(line, NOW)


def test_yaml() -> None:
    text = "- from: +4412345\n  text: 0123\n- {fault: reset}\n"
    first, second = (Feeder().entry(entry, NOW) for entry in yaml_entries(Path("inbox.yaml"), text))
    assert Deliver.decode(first.tpdus[0]).text == "0123"
    assert second.fault == Fault(Kind.RESET)
    assert yaml_entries(Path("inbox.yaml"), "") == []
    with pytest.raises(UsageError, match="no list"):
        yaml_entries(Path("inbox.yaml"), "a: b")
    with pytest.raises(InvalidFile):
        yaml_entries(Path("inbox.yaml"), "- {")


@given(st.lists(st.binary(max_size=8).map(lambda data: data.replace(b"\n", b"")), max_size=6), st.integers(1, 5))
def test_lines_whatever_the_pieces(lines: list[bytes], size: int) -> None:
    data = b"".join(line + b"\n" for line in lines)
    reader = Lines()
    got = [line for at in range(0, len(data), size) for line in reader.feed(data[at : at + size])]
    assert got == [line.decode("utf-8", "replace") for line in lines]
    assert reader.rest() == []


class TestInbox:
    def test_a_file_of_lines_grows(self, tmp_path: Path) -> None:
        path = tmp_path / "inbox.txt"
        path.write_text("one\ntwo")
        inbox = Inbox(path)
        assert inbox.new() == ["one"]
        assert inbox.new() == []
        with path.open("a") as file:
            file.write(" and a half\nthree\n")
        assert inbox.new() == ["two and a half", "three"]
        path.write_text("new\n")
        assert inbox.new() == ["new"]

    def test_a_yaml_file_grows(self, tmp_path: Path) -> None:
        path = tmp_path / "inbox.yaml"
        path.write_text("- {text: one}\n")
        inbox = Inbox(path)
        assert inbox.new() == [{"text": "one"}]
        assert inbox.new() == []
        path.write_text("- {text: one}\n- {text: two}\n")
        assert inbox.new() == [{"text": "two"}]

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="there is no file"):
            Inbox(tmp_path / "none")
        path = tmp_path / "inbox"
        path.touch()
        inbox = Inbox(path)
        path.unlink()
        with pytest.raises(UsageError, match="cannot be read"):
            inbox.new()
