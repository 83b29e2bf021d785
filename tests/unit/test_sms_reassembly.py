"""Segmentation and reassembly (TS 23.040 §9.2.3.24.1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.modem.sms.address import Address
from hil.modem.sms.reassembly import Message, Reassembler
from hil.modem.sms.segment import split, split_text
from hil.modem.sms.timestamp import TimeStamp
from hil.modem.sms.tpdu import Deliver
from hil.modem.sms.udh import Concatenation, Ports, UserDataHeader
from simulator.errors import EncodeError

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SENDER = Address("441234567890")
PUSH = Ports(2948, 9200)


def deliveries(
    data: bytes, reference: int = 7, *, sender: Address = SENDER, at: datetime = NOW, wide: bool = False
) -> list[Deliver]:
    segments = split(data, PUSH, reference=reference, wide_reference=wide)
    messages = [Deliver(sender, TimeStamp.of(at), payload, header) for header, payload in segments]
    return [Deliver.decode(message.encode()) for message in messages]


def feed(reassembler: Reassembler, messages: list[Deliver], now: datetime = NOW) -> list[bytes]:
    whole = [reassembler.add(message, now) for message in messages]
    return [message.payload for message in whole if message]


class TestSplit:
    @pytest.mark.parametrize(
        ("ports", "wide", "alone", "room"),
        [(PUSH, False, 133, 128), (PUSH, True, 133, 127), (None, False, 139, 134), (None, True, 139, 133)],
    )
    def test_capacities(self, ports: Ports | None, wide: bool, alone: int, room: int) -> None:
        assert len(split(bytes(alone), ports, wide_reference=wide)) == 1
        pieces = split(bytes(alone + 1), ports, wide_reference=wide)
        assert [len(payload) for _, payload in pieces] == [room, alone + 1 - room]

    def test_two_hundred_octets(self) -> None:
        first, second = split(bytes(200), PUSH, reference=42)
        assert (first[0].encode() + first[1])[:12].hex().upper() == "0B00032A020105040B8423F0"
        assert [len(header.encode() + payload) for header, payload in (first, second)] == [0x8C, 0x54]
        assert len(Deliver(SENDER, TimeStamp.of(NOW), first[1], first[0]).encode()) == 159

    def test_nothing_is_one_segment(self) -> None:
        assert split(b"", PUSH) == [(UserDataHeader((PUSH,)), b"")]

    def test_too_long(self) -> None:
        assert len(split(bytes(255 * 128), PUSH)) == 255
        with pytest.raises(EncodeError, match="256 segments"):
            split(bytes(255 * 128 + 1), PUSH)


class TestTexts:
    @pytest.mark.parametrize(
        ("text", "scheme", "sizes"),
        [
            ("a" * 160, 0, [160]),
            ("a" * 161, 0, [153, 8]),
            ("a" * 152 + "€" * 5, 0, [152, 10]),
            ("ж" * 70, 8, [140]),
            ("ж" * 71, 8, [134, 8]),
            ("ж" * 66 + "😀" * 3, 8, [132, 12]),
            ("", 0, [0]),
        ],
    )
    def test_sizes(self, text: str, scheme: int, sizes: list[int]) -> None:
        coded, pieces = split_text(text)
        assert (coded, [len(payload) for _, payload in pieces]) == (scheme, sizes)

    def test_ports_take_their_place(self) -> None:
        _, pieces = split_text("a" * 160, Ports(16000, 0))
        assert [len(payload) for _, payload in pieces] == [146, 14]
        assert len(split_text("a" * 152, Ports(16000, 0))[1]) == 1

    def test_too_long(self) -> None:
        with pytest.raises(EncodeError, match="256 segments"):
            split_text("a" * (255 * 153 + 1))

    @given(st.text("aé€{ж😀", max_size=400), st.booleans(), st.randoms())
    @settings(max_examples=60)
    def test_what_is_cut_comes_together(self, text: str, wide: bool, random: Random) -> None:
        scheme, pieces = split_text(text, reference=3, wide_reference=wide)
        messages = [
            Deliver.decode(Deliver(SENDER, TimeStamp.of(NOW), payload, header, data_coding_scheme=scheme).encode())
            for header, payload in pieces
        ]
        assert all(message.text is not None and "\ufffd" not in message.text for message in messages)
        random.shuffle(messages)
        reassembler = Reassembler()
        (whole,) = filter(None, [reassembler.add(message, NOW) for message in messages])
        assert whole.text == text


class TestReassembly:
    def test_alone(self) -> None:
        (message,) = deliveries(b"push")
        assert Reassembler().add(message, NOW) == Message(SENDER, PUSH, 4, b"push")

    @given(st.data(), st.integers(1, 1500), st.booleans())
    @settings(max_examples=100)
    def test_any_order_with_repetitions_gives_the_data_once(
        self, data: st.DataObject, length: int, wide: bool
    ) -> None:
        content = bytes(index % 251 for index in range(length))
        messages = deliveries(content, wide=wide)
        order = data.draw(st.permutations(messages))
        extra = data.draw(st.lists(st.sampled_from(messages), max_size=5)) if len(messages) > 1 else []
        places = [data.draw(st.integers(0, len(order))) for _ in extra]
        for message, place in zip(extra, places, strict=True):
            order.insert(place, message)
        reassembler = Reassembler()
        assert feed(reassembler, order) == [content]
        assert reassembler.waiting == 0

    def test_missing_segments_are_never_made_up_for(self) -> None:
        messages = deliveries(bytes(400))
        for left_out in range(len(messages)):
            reassembler = Reassembler()
            some = messages[:left_out] + messages[left_out + 1 :]
            assert feed(reassembler, some + some) == []
            assert reassembler.waiting == 1

    def test_forgotten_after_the_time_out(self) -> None:
        first, second = deliveries(bytes(200))
        reassembler = Reassembler(timeout=timedelta(minutes=10))
        assert reassembler.add(first, NOW) is None
        assert reassembler.add(second, NOW + timedelta(minutes=10)) is None
        assert reassembler.waiting == 1
        reassembler.forget(NOW + timedelta(minutes=20))
        assert reassembler.waiting == 0
        assert reassembler.add(first, NOW) is None
        assert reassembler.add(second, NOW + timedelta(minutes=9)) is not None

    def test_interleaved_messages(self) -> None:
        one, two = b"\x01" * 200, b"\x02" * 200
        other = Address("4915")
        streams = [
            deliveries(one, 1),
            deliveries(two, 2),
            deliveries(one, 1, wide=True),
            deliveries(two, 1, sender=other),
        ]
        mixed = [stream[index] for index in (1, 0) for stream in streams]
        assert feed(Reassembler(), mixed) == [one, two, one, two]

    def test_other_ports_and_coding_are_other_messages(self) -> None:
        first, second = deliveries(bytes(200))
        header = UserDataHeader((Concatenation(7, 2, 2), Ports(2949, 9200)))
        elsewhere = Deliver(SENDER, second.service_centre_time_stamp, second.payload, header)
        flash = Deliver(
            SENDER, second.service_centre_time_stamp, second.payload, second.header, data_coding_scheme=0xF5
        )
        assert feed(Reassembler(), [first, elsewhere, flash]) == []

    def test_a_repetition_after_completion_is_no_second_message(self) -> None:
        messages = deliveries(bytes(200))
        reassembler = Reassembler()
        assert feed(reassembler, messages + messages) == [bytes(200)]
        assert reassembler.waiting == 0

    def test_the_same_data_sent_again_is_a_second_message(self) -> None:
        later = NOW + timedelta(minutes=1)
        again = deliveries(bytes(200), at=later)
        reassembler = Reassembler()
        assert feed(reassembler, deliveries(bytes(200)) + again, later) == [bytes(200)] * 2

    def test_a_reused_reference_mixes_nothing(self) -> None:
        old, new = b"\x01" * 200, b"\x02" * 200
        reassembler = Reassembler()
        assert feed(reassembler, deliveries(old)[:1] + deliveries(new)) == [new]

    def test_memory_is_bounded(self) -> None:
        reassembler = Reassembler(max_waiting=4)
        streams = [deliveries(bytes([index]) * 200, index) for index in range(6)]
        assert feed(reassembler, [stream[0] for stream in streams]) == []
        assert reassembler.waiting == 4
        assert feed(reassembler, [streams[5][1]]) == [b"\x05" * 200]
        assert feed(reassembler, [streams[0][1]]) == []

    def test_an_impossible_element_is_ignored(self) -> None:
        header = UserDataHeader((Concatenation(1, 2, 3), PUSH))
        message = Deliver(SENDER, TimeStamp.of(NOW), b"x", header)
        assert Reassembler().add(message, NOW) == Message(SENDER, PUSH, 4, b"x")
