"""Between the service centre and the modem: delay, loss, doubles, overtaking; and what comes back."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from hil.modem.returns import returns
from hil.modem.sms import alphabet
from hil.modem.sms.address import Address
from hil.modem.sms.tpdu import Deliver, StatusReport, Submit
from hil.modem.transit import OVERTAKEN, Conditions, Transit
from tests.modem_desk import NOW

SECOND = timedelta(seconds=1)


def carried(conditions: Conditions, count: int, apart: timedelta = SECOND) -> list[bytes]:
    """What arrives of so many messages, in the order in which it does."""
    arrived: list[bytes] = []
    transit = Transit(conditions, arrived.append)
    now = NOW
    for number in range(count):
        transit.tick(now)
        transit.send(b"%d" % number, now)
        now += apart
    while transit.deadline is not None:
        transit.tick(transit.deadline)
    assert transit.waiting == 0
    return arrived


def numbers(count: int) -> list[bytes]:
    return [b"%d" % number for number in range(count)]


def test_nothing_happens_to_messages_by_themselves() -> None:
    assert carried(Conditions(), 20) == numbers(20)


def test_delay() -> None:
    arrived: list[bytes] = []
    transit = Transit(Conditions(delay=3 * SECOND), arrived.append)
    transit.send(b"x", NOW)
    assert transit.deadline == NOW + 3 * SECOND
    transit.tick(NOW + 2 * SECOND)
    assert (arrived, transit.waiting) == ([], 1)
    transit.tick(NOW + 3 * SECOND)
    assert (arrived, transit.waiting) == ([b"x"], 0)


def test_everything_or_nothing_is_lost() -> None:
    assert carried(Conditions(loss=1), 5) == []
    assert carried(Conditions(loss=0), 5) == numbers(5)


def test_everything_comes_twice() -> None:
    assert carried(Conditions(duplicate=1), 3) == [b"0", b"0", b"1", b"1", b"2", b"2"]


def test_every_second_is_overtaken() -> None:
    assert carried(Conditions(reorder=1), 4) == [b"1", b"0", b"3", b"2"]


def test_the_last_is_not_overtaken_and_comes_all_the_same() -> None:
    arrived: list[bytes] = []
    transit = Transit(Conditions(reorder=1), arrived.append)
    transit.send(b"x", NOW)
    assert arrived == []
    assert transit.deadline == NOW + OVERTAKEN
    transit.tick(NOW + OVERTAKEN)
    assert arrived == [b"x"]


CHANCE = st.sampled_from([0.0, 0.3, 1.0])


@given(CHANCE, CHANCE, st.integers(0, 9), st.integers(0, 20), st.integers(0, 3))
def test_nothing_is_made_up_and_a_seed_decides(
    duplicate: float, reorder: float, seed: int, jitter: int, apart: int
) -> None:
    conditions = Conditions(jitter=jitter * SECOND, duplicate=duplicate, reorder=reorder, seed=seed)
    arrived = carried(conditions, 12, apart * SECOND)
    assert set(arrived) == set(numbers(12))
    assert all(1 <= arrived.count(each) <= 2 for each in numbers(12))
    assert duplicate or len(arrived) == 12
    assert arrived == carried(conditions, 12, apart * SECOND)


def test_one_setting_changes_nothing_of_another() -> None:
    lost = carried(Conditions(loss=0.5, seed=3), 40)
    doubled = carried(Conditions(loss=0.5, duplicate=1, seed=3), 40)
    assert 0 < len(lost) < 40
    assert [each for index, each in enumerate(doubled) if index % 2] == lost


OWN = "+15550199"


def test_a_message_to_oneself_comes_back() -> None:
    submit = Submit(Address.of(OWN), alphabet.encode("hi"), data_coding_scheme=0).encode()
    (back,) = returns(submit, 5, OWN, NOW)
    message = Deliver.decode(back)
    assert (str(message.originating_address), message.text) == (OWN, "hi")
    assert message.service_centre_time_stamp.datetime == NOW


def test_a_status_report() -> None:
    submit = Submit(Address.of("+44123"), b"x", status_report_request=True).encode()
    (back,) = returns(submit, 5, OWN, NOW)
    report = StatusReport.decode(back)
    assert (report.message_reference, str(report.recipient_address), report.status) == (5, "+44123", 0)


@given(st.binary(max_size=180))
def test_any_octets_bring_something_or_nothing(tpdu: bytes) -> None:
    assert len(returns(tpdu, 1, OWN, NOW)) <= 2
