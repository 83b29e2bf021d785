"""TPDUs, addresses, alphabet and user data headers (TS 23.040, TS 23.038)."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.modem.sms import alphabet, pdu, tpdu
from hil.modem.sms.address import SEMI_OCTETS, Address
from hil.modem.sms.coding import Alphabet, alphabet_of, message_class, stores_on_sim
from hil.modem.sms.describe import describe
from hil.modem.sms.fields import (
    FIRST_OCTET_DELIVER,
    FIRST_OCTET_DELIVER_REPORT,
    FIRST_OCTET_STATUS_REPORT,
    FIRST_OCTET_SUBMIT,
    VALIDITY_OCTETS,
    ValidityFormat,
    pack_bits,
    unpack_bits,
)
from hil.modem.sms.reports import Parameters
from hil.modem.sms.timestamp import TimeStamp
from hil.modem.sms.tpdu import Deliver, DeliverReport, StatusReport, Submit, SubmitReport
from hil.modem.sms.udh import Concatenation, OtherElement, Ports, UserDataHeader
from simulator.errors import CodecError, EncodeError

NOTIFICATION = bytes.fromhex(
    "010603C4AF87 000102030405060708090A0B0C0D0E0F 02D0000000 1234 12636F6D2E6D676D747372762E6D616E616765"
)
DELIVER = bytes.fromhex("440C91442143658709000452010121000000 37 0605040B84C002") + NOTIFICATION
PORTS = Ports(2948, 49154)
SENDER = Address("441234567890")
STAMP = TimeStamp(bytes.fromhex("52010121000000"))


class TestVectors:
    def test_deliver(self) -> None:
        assert len(DELIVER) == 74
        message = Deliver.decode(DELIVER)
        assert message == Deliver(SENDER, STAMP, NOTIFICATION, UserDataHeader((PORTS,)))
        assert str(message.originating_address) == "+441234567890"
        assert STAMP.datetime == datetime(2025, 10, 10, 12, 0, 0, tzinfo=UTC)
        assert message.encode() == DELIVER

    def test_deliver_with_service_centre(self) -> None:
        smsc, octets = pdu.decode("0791447758100650" + DELIVER.hex(), 74)
        assert str(smsc) == "+447785016005"
        assert octets == DELIVER
        assert pdu.encode(octets, smsc) == "0791447758100650" + DELIVER.hex().upper()

    def test_submit(self) -> None:
        octets = bytes.fromhex("41000C91442143658709 00F5 37 0605040B84C002") + NOTIFICATION
        assert len(octets) == 68
        message = Submit.decode(octets)
        assert message == Submit(SENDER, NOTIFICATION, UserDataHeader((PORTS,)), data_coding_scheme=0xF5)
        assert message.encode() == octets

    def test_relative_validity(self) -> None:
        message = Submit(
            SENDER, b"x", validity_format=ValidityFormat.RELATIVE, validity_period=b"\xa7", message_reference=9
        )
        assert message.encode().hex().startswith("1109")
        assert Submit.decode(message.encode()) == message

    def test_delivery_report(self) -> None:
        assert DeliverReport().encode() == b"\0\0"
        assert DeliverReport(failure_cause=0xD3).encode() == b"\0\xd3\0"

    def test_first_octets(self) -> None:
        def first(**values: bool) -> int:
            return Deliver(SENDER, STAMP, header=UserDataHeader(()), **values).encode()[0]  # type: ignore[arg-type]

        assert first() == 0x44
        assert first(more_messages_to_send=True) == 0x40
        assert first(status_report_indication=True) == 0x64


@pytest.mark.parametrize(
    "table", [FIRST_OCTET_DELIVER, FIRST_OCTET_SUBMIT, FIRST_OCTET_STATUS_REPORT, FIRST_OCTET_DELIVER_REPORT]
)
def test_a_first_octet_has_eight_bits(table: tuple[tuple[str, int], ...]) -> None:
    assert sum(bits for _, bits in table) == 8
    assert pack_bits(table, {name: 0xFF for name, _ in table}) == 0xFF
    assert unpack_bits(table, 0x02)["TP-MTI"] == 2


class TestAlphabet:
    def test_known_packing(self) -> None:
        assert alphabet.pack(alphabet.encode("hellohello")).hex().upper() == "E8329BFD4697D9EC37"
        assert alphabet.decode(alphabet.unpack(bytes.fromhex("E8329BFD4697D9EC37"), 10)) == "hellohello"

    def test_table_has_the_documented_places(self) -> None:
        places = {
            0x00: "@",
            0x02: "$",
            0x0A: "\n",
            0x0D: "\r",
            0x10: "Δ",
            0x1F: "É",
            0x24: "¤",
            0x40: "¡",
            0x5E: "Ü",
        }
        places |= {0x5F: "§", 0x60: "¿", 0x7B: "ä", 0x7F: "à", 0x41: "A", 0x7A: "z", 0x39: "9"}
        assert {place: alphabet.DEFAULT[place] for place in places} == places
        assert len(alphabet.DEFAULT) == len(set(alphabet.DEFAULT)) == 128

    def test_extension(self) -> None:
        assert alphabet.encode("€{") == bytes.fromhex("1b651b28")
        assert alphabet.decode(bytes.fromhex("1b65")) == "€"

    def test_damaged_escapes(self) -> None:
        assert alphabet.decode(bytes.fromhex("1b41")) == "A"
        assert alphabet.decode(bytes.fromhex("1b1b41")) == " A"
        assert alphabet.decode(bytes.fromhex("411b")) == "A "

    @pytest.mark.parametrize(("octets", "bits"), [(0, 0), (5, 2), (6, 1), (7, 0), (12, 2)])
    def test_fill_bits_reach_a_septet_boundary(self, octets: int, bits: int) -> None:
        assert alphabet.fill_bits(octets) == bits
        assert (8 * octets + bits) % 7 == 0
        assert alphabet.header_septets(octets) == (8 * octets + bits) // 7

    def test_a_foreign_character(self) -> None:
        with pytest.raises(EncodeError, match="'ж'"):
            alphabet.encode("aж")

    @given(st.text(alphabet="".join(alphabet.DEFAULT.replace("\x1b", "")) + "^{}[]~|€\\\f", max_size=60))
    def test_text_round_trip(self, text: str) -> None:
        assert alphabet.decode(alphabet.encode(text)) == text

    @given(st.binary(max_size=160), st.integers(0, 6))
    def test_packing_round_trip(self, octets: bytes, fill: int) -> None:
        septets = bytes(octet & 0x7F for octet in octets)
        packed = alphabet.pack(septets, fill)
        assert alphabet.unpack(packed, len(septets), fill) == septets
        assert len(packed) == (7 * len(septets) + fill + 7) // 8


class TestCoding:
    @pytest.mark.parametrize(
        ("scheme", "coded", "cls"),
        [
            (0x00, Alphabet.GSM7, None),
            (0x04, Alphabet.DATA8, None),
            (0x08, Alphabet.UCS2, None),
            (0x0C, Alphabet.GSM7, None),
            (0x15, Alphabet.DATA8, 1),
            (0x20, Alphabet.DATA8, None),
            (0x44, Alphabet.DATA8, None),
            (0xC0, Alphabet.GSM7, None),
            (0xE0, Alphabet.UCS2, None),
            (0xF1, Alphabet.GSM7, 1),
            (0xF4, Alphabet.DATA8, 0),
            (0xF5, Alphabet.DATA8, 1),
            (0xF6, Alphabet.DATA8, 2),
        ],
    )
    def test_schemes(self, scheme: int, coded: Alphabet, cls: int | None) -> None:
        assert alphabet_of(scheme) is coded
        assert message_class(scheme) == cls

    def test_what_is_stored(self) -> None:
        assert [scheme for scheme in (0x04, 0xF5, 0xF6, 0x16, 0xD0, 0xE0, 0xC0) if stores_on_sim(scheme)] == [
            0xF6,
            0x16,
            0xD0,
            0xE0,
        ]


class TestHeader:
    def test_both_orders_of_elements(self) -> None:
        part = Concatenation(42, 2, 1)
        ports = Ports(2948, 9200)
        first, second = UserDataHeader((part, ports)), UserDataHeader((ports, part))
        assert first.encode().hex().upper() == "0B00032A020105040B8423F0"
        assert second.encode().hex().upper() == "0B05040B8423F000032A0201"
        for header in (first, second):
            assert _header(header.encode()) == header
            assert (header.concatenation, header.ports) == (part, ports)

    def test_of_repeated_elements_the_last_counts(self) -> None:
        header = UserDataHeader((Ports(1, 2, wide=False), Ports(2948, 9200)))
        assert header.ports == Ports(2948, 9200)

    @pytest.mark.parametrize("part", [Concatenation(1, 2, 0), Concatenation(1, 2, 3), Concatenation(1, 0, 0)])
    def test_an_impossible_sequence_number_is_ignored(self, part: Concatenation) -> None:
        assert UserDataHeader((part,)).concatenation is None

    def test_unknown_and_misshapen_elements_are_kept_and_skipped(self) -> None:
        octets = bytes.fromhex("08 7001FF 0003010203")
        assert _header(octets) == UserDataHeader((OtherElement(0x70, b"\xff"), Concatenation(1, 2, 3)))
        misshapen = bytes.fromhex("04 0502 0B84")
        assert _header(misshapen) == UserDataHeader((OtherElement(0x05, b"\x0b\x84"),))

    def test_an_element_that_overruns_the_header(self) -> None:
        with pytest.raises(CodecError, match="user data header is damaged") as caught:
            _header(bytes.fromhex("0605050B8423F0"))
        assert caught.value.offset == 22

    def test_values_that_do_not_fit(self) -> None:
        with pytest.raises(EncodeError):
            UserDataHeader((Concatenation(256, 1, 1),)).encode()


def _header(octets: bytes) -> UserDataHeader | None:
    """Read a header through the message that carries it; it starts at octet 19."""
    before = Deliver(SENDER, STAMP, header=UserDataHeader(())).encode()[:-2]
    return Deliver.decode(before + bytes([len(octets)]) + octets).header


class TestAddress:
    @pytest.mark.parametrize(
        ("text", "octets"),
        [
            ("+441234567890", "0C91442143658709"),
            ("12345", "05812143F5"),
            ("*100#", "05811A00FB"),
            ("hello", "09D0E8329BFD06"),
        ],
    )
    def test_as_written(self, text: str, octets: str) -> None:
        address = Address.of(text)
        assert address.encode().hex().upper() == octets
        assert str(address) == text

    def test_alphanumeric_lengths_count_semi_octets(self) -> None:
        assert Address.of("OMADMxx").encode()[0] == 13
        assert Address.of("ABCDEFGHIJK").encode()[0] == 20
        with pytest.raises(EncodeError):
            Address.of("ABCDEFGHIJKL").encode()

    def test_a_length_beyond_the_field(self) -> None:
        with pytest.raises(CodecError, match="21 semi-octets"):
            Deliver.decode(bytes.fromhex("0415") + bytes(30))

    def test_a_filler_inside(self) -> None:
        with pytest.raises(CodecError, match="filler") as caught:
            Deliver.decode(bytes.fromhex("04 0691 21F3 43"))
        assert caught.value.offset == 4


class TestTimeStamp:
    @pytest.mark.parametrize("minutes", [0, 60, -60, 330, -210, 14 * 60, -12 * 60])
    def test_offsets_from_utc(self, minutes: int) -> None:
        when = datetime(2026, 3, 4, 5, 6, 7, tzinfo=timezone(timedelta(minutes=minutes)))
        stamp = TimeStamp.of(when)
        assert stamp.datetime == when
        assert stamp.datetime.utcoffset() == when.utcoffset()

    def test_the_sign_is_in_the_first_semi_octet(self) -> None:
        when = datetime(2026, 3, 4, 5, 6, 7, tzinfo=timezone(timedelta(hours=-5)))
        assert TimeStamp.of(when).octets.hex() == "6230405060700a"

    def test_no_date_is_carried_on_unchanged(self) -> None:
        octets = bytes.fromhex("62F14050607000")
        message = Deliver(SENDER, TimeStamp(octets), b"x")
        assert TimeStamp(octets).datetime is None
        assert Deliver.decode(message.encode()) == message
        assert str(TimeStamp(octets)) == octets.hex()


class TestDamage:
    @pytest.mark.parametrize("end", range(74))
    def test_every_truncation_is_a_clear_error(self, end: int) -> None:
        with pytest.raises(CodecError):
            tpdu.decode(DELIVER[:end], "in")

    def test_octets_after_the_end_are_ignored(self) -> None:
        assert Deliver.decode(DELIVER + b"\xff\xff") == Deliver.decode(DELIVER)

    def test_too_much_user_data(self) -> None:
        with pytest.raises(CodecError, match="141 octets, 140 are allowed"):
            Deliver.decode(Deliver(SENDER, STAMP).encode()[:-1] + bytes([141]) + bytes(141))
        with pytest.raises(EncodeError, match="141 octets"):
            Deliver(SENDER, STAMP, bytes(141)).encode()

    def test_a_pdu_that_is_shorter_than_said(self) -> None:
        with pytest.raises(CodecError, match="the TPDU needs 75 octets"):
            pdu.decode("00" + DELIVER.hex(), 75)

    @pytest.mark.parametrize("digits", ["", "0", "0x00", "00 00", "zz", "00" * 300])
    def test_what_is_no_hex(self, digits: str) -> None:
        with pytest.raises(CodecError):
            pdu.decode(digits, 1)

    @given(st.binary(max_size=200), st.sampled_from(["in", "out"]))
    @settings(max_examples=200)
    def test_arbitrary_octets_raise_only_codec_errors(self, octets: bytes, direction: tpdu.Direction) -> None:
        describe(octets, direction)
        try:
            message = tpdu.decode(octets, direction)
        except CodecError:
            return
        assert tpdu.decode(tpdu.encode(message), direction) == message

    @given(st.text(alphabet="0123456789abcdefABCDEF \r", max_size=60), st.integers(-3, 200) | st.none())
    def test_arbitrary_pdus_raise_only_codec_errors(self, digits: str, length: int | None) -> None:
        with suppress(CodecError):
            pdu.decode(digits, length)


numbers = st.builds(Address, st.text(alphabet=SEMI_OCTETS, max_size=20), st.sampled_from([0x81, 0x91, 0xA1, 0xC8]))
names = st.builds(Address, st.text(alphabet="ABCxyz 09_.", min_size=1, max_size=11), st.just(0xD0))
stamps = st.builds(TimeStamp, st.binary(min_size=7, max_size=7))
elements = st.one_of(
    st.builds(Concatenation, st.integers(0, 255), st.integers(0, 255), st.integers(0, 255)),
    st.builds(Concatenation, st.integers(0, 65535), st.integers(0, 255), st.integers(0, 255), st.just(True)),
    st.builds(Ports, st.integers(0, 65535), st.integers(0, 65535)),
    st.builds(Ports, st.integers(0, 255), st.integers(0, 255), st.just(False)),
    st.builds(OtherElement, st.integers(0x10, 0xFF), st.binary(max_size=10)),
)
headers = st.none() | st.builds(UserDataHeader, st.lists(elements, max_size=4).map(tuple))
octet = st.integers(0, 255)


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, object]:
    scheme = draw(octet)
    payload = draw(st.binary(max_size=80))
    if alphabet_of(scheme) is Alphabet.GSM7:
        payload = bytes(value & 0x7F for value in payload)
    return {"payload": payload, "header": draw(headers), "data_coding_scheme": scheme}


@given(numbers | names, stamps, bodies(), octet, st.tuples(*[st.booleans()] * 4))
@settings(max_examples=200)
def test_deliver_round_trip(
    address: Address, stamp: TimeStamp, body: dict[str, object], protocol: int, flags: tuple[bool, ...]
) -> None:
    message = Deliver(address, stamp, protocol_identifier=protocol, **body)  # type: ignore[arg-type]
    names = ("more_messages_to_send", "loop_prevention", "status_report_indication", "reply_path")
    for name, flag in zip(names, flags, strict=True):
        object.__setattr__(message, name, flag)
    assert Deliver.decode(message.encode()) == message
    assert tpdu.decode(message.encode(), "in") == message


@given(numbers | names, bodies(), octet, st.sampled_from(ValidityFormat), st.binary(min_size=7, max_size=7))
@settings(max_examples=200)
def test_submit_round_trip(
    address: Address, body: dict[str, object], reference: int, form: ValidityFormat, period: bytes
) -> None:
    message = Submit(
        address,
        message_reference=reference,
        validity_format=form,
        validity_period=period[: VALIDITY_OCTETS[form]],
        **body,  # type: ignore[arg-type]
    )
    assert tpdu.decode(message.encode(), "out") == message


@st.composite
def parameters(draw: st.DrawFn) -> Parameters:
    said = draw(bodies()) if draw(st.booleans()) else {}
    scheme = said.get("data_coding_scheme", draw(st.none() | octet))
    return Parameters(
        draw(st.none() | octet),
        scheme,  # type: ignore[arg-type]
        said.get("payload"),  # type: ignore[arg-type]
        said.get("header"),  # type: ignore[arg-type]
        draw(st.integers(0, 15)),
        draw(st.binary(max_size=5)),
    )


causes = st.none() | st.integers(0x80, 0xFF)


@given(octet, numbers, stamps, stamps, octet, st.booleans(), st.none() | parameters())
def test_status_report_round_trip(
    reference: int,
    address: Address,
    sent: TimeStamp,
    done: TimeStamp,
    status: int,
    flag: bool,
    said: Parameters | None,
) -> None:
    message = StatusReport(reference, address, sent, done, status, answers_command=flag, parameters=said)
    assert tpdu.decode(message.encode(), "in") == message


@given(causes, parameters())
def test_deliver_report_round_trip(cause: int | None, said: Parameters) -> None:
    message = DeliverReport(cause, said)
    assert tpdu.decode(message.encode(), "out") == message


@given(stamps, causes, parameters())
def test_submit_report_round_trip(stamp: TimeStamp, cause: int | None, said: Parameters) -> None:
    message = SubmitReport(stamp, cause, said)
    assert tpdu.decode(message.encode(), "in") == message


def test_parameters_of_reports() -> None:
    said = Parameters(0x7F, 0, alphabet.encode("hi"))
    assert DeliverReport(None, said).encode().hex() == "00077f0002e834"
    assert DeliverReport.decode(bytes.fromhex("00077f0002e834")).parameters.text == "hi"
    assert SubmitReport(STAMP, 0xC4).encode().hex() == "01c400" + STAMP.octets.hex()
    default = Parameters(payload=b"hi")
    assert default.text == "hi"  # without TP-DCS it is GSM 7-bit
    for damaged in ("0080", "00ff", "000701", "000702", "0004"):
        with pytest.raises(CodecError):
            DeliverReport.decode(bytes.fromhex(damaged))
    with pytest.raises(EncodeError):
        DeliverReport(None, Parameters(header=UserDataHeader(()))).encode()
    with pytest.raises(EncodeError):
        DeliverReport(0x7F).encode()


def test_text_of_messages() -> None:
    text = Deliver(SENDER, STAMP, alphabet.encode("tést"), data_coding_scheme=0)
    assert Deliver.decode(text.encode()).text == "tést"
    wide = Deliver(SENDER, STAMP, "жук".encode("utf-16-be"), data_coding_scheme=8)
    assert Deliver.decode(wide.encode()).text == "жук"
    assert Deliver(SENDER, STAMP, b"\0").text is None


def test_text_behind_a_header_starts_on_a_septet_boundary() -> None:
    header = UserDataHeader((Concatenation(1, 2, 1),))
    octets = Deliver(SENDER, STAMP, alphabet.encode("AB"), header, data_coding_scheme=0).encode()
    user_data = octets[-8 - 1 :]
    assert user_data[0] == 7 + 2
    assert user_data[1:7].hex() == "050003010201"
    # one fill bit, then 'A' (0x41) in the next seven bits
    assert user_data[7] == 0x41 << 1
    assert Deliver.decode(octets).text == "AB"


def test_descriptions() -> None:
    line, fields = describe(DELIVER, "in")
    assert line == "SMS-DELIVER from +441234567890, port 49154 to 2948, 48 octets"
    assert fields["destination_port"] == 2948
    line, fields = describe(DELIVER[:20], "in")
    assert line.startswith("SMS that cannot be read: TP-UD needs 55 octets")
    assert "error" in fields
