"""Sending short messages through a modem, as a second modem of a rig does to wake a device.

`text_message` and `data_message` cut what is too long; a `Sender` submits the parts one after the other and tells
their message references, and what the status reports say about each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hil.modem.at.parser import Command
from hil.modem.at.results import SIM_BUSY
from hil.modem.at.values import number
from hil.modem.conversation import Dialogue, Pause
from hil.modem.driver import ModemDriver
from hil.modem.sms import coding, pdu
from hil.modem.sms.address import Address
from hil.modem.sms.segment import split, split_text
from hil.modem.sms.status import Outcome, outcome
from hil.modem.sms.tpdu import StatusReport, Submit
from hil.modem.sms.udh import Ports

BUSY_SECONDS = 1.0
BUSY_ATTEMPTS = 5

KEEP_LINK = Command("AT+CMMS=1")
"""The radio link stays between parts that follow each other (TS 27.005 §3.5.6): they go several times as fast."""


def text_message(
    to: str, text: str, *, reference: int = 0, ports: Ports | None = None, report: bool = False
) -> list[Submit]:
    """A text in the alphabet that it needs, in as many parts as it needs. Raises `EncodeError`."""
    scheme, pieces = split_text(text, ports, reference=reference)
    address = Address.of(to)
    return [
        Submit(address, piece, header, data_coding_scheme=scheme, status_report_request=report)
        for header, piece in pieces
    ]


def data_message(
    to: str,
    data: bytes,
    ports: Ports | None,
    *,
    reference: int = 0,
    report: bool = False,
    scheme: int = coding.DATA_8BIT,
    wide_reference: bool = False,
) -> list[Submit]:
    """8-bit data for a port, in as many parts as it needs. Raises `EncodeError`."""
    address = Address.of(to)
    return [
        Submit(address, piece, header, data_coding_scheme=scheme, status_report_request=report)
        for header, piece in split(data, ports, reference=reference, wide_reference=wide_reference)
    ]


@dataclass(slots=True)
class Sent:
    """How far a message got. ``trouble`` says in words why not all parts were sent."""

    parts: int
    references: list[int] = field(default_factory=list)
    """TP-MR of each part that the network has taken."""
    trouble: str = ""
    statuses: dict[int, int] = field(default_factory=dict)
    """TP-Status by reference, of the parts that a status report came for."""

    @property
    def complete(self) -> bool:
        """Every part has been taken by the network."""
        return not self.trouble and len(self.references) == self.parts

    @property
    def reported(self) -> bool:
        """Every part has got its last status report."""
        last = [ref for ref, status in self.statuses.items() if outcome(status) is not Outcome.TRYING]
        return self.complete and set(last) >= set(self.references)

    @property
    def delivered(self) -> bool:
        """Every part has been received, as the reports say."""
        return self.reported and all(outcome(status) is Outcome.DELIVERED for status in self.statuses.values())


class Sender:
    """On a driver that was made with ``reports`` when status reports are wanted."""

    def __init__(self, driver: ModemDriver) -> None:
        self._driver = driver
        self._sent: list[tuple[str, Sent]] = []
        """What status reports may come for, with the number it went to."""
        driver.inbox.on_report.append(self._reported)

    def send(self, parts: Sequence[Submit], then: Callable[[Sent], None]) -> Sent:
        """Send the parts of one message; ``then`` is called when the network has them, or when it failed.

        What is returned is filled in the meantime, and later by status reports.
        """
        sent = Sent(len(parts))
        self._sent.append((_digits(parts[0].destination_address), sent))

        def over(finished: bool | None) -> None:
            if finished is None:
                where = "" if sent.parts == 1 else f" part {len(sent.references) + 1} of {sent.parts} of"
                sent.trouble = (
                    f"the modem went away or restarted; whether{where} the message was sent is not known"
                )
            then(sent)

        self._driver.play(self._dialogue(parts, sent), over)
        return sent

    def _dialogue(self, parts: Sequence[Submit], sent: Sent) -> Dialogue[bool]:
        if len(parts) > 1:
            # A modem that has not got it sends more slowly, that is all.
            yield KEEP_LINK
        for place, part in enumerate(parts, 1):
            tpdu = part.encode()
            self._driver.record_submit(tpdu)
            sending = Command(f"AT+CMGS={len(tpdu)}", pdu.encode(tpdu))
            what = "the message" if len(parts) == 1 else f"part {place} of {len(parts)}"
            for _ in range(BUSY_ATTEMPTS):
                answer = yield sending
                if answer is None or answer.final.number not in SIM_BUSY:
                    break
                yield Pause(BUSY_SECONDS)
            if answer is None:
                sent.trouble = f"the modem did not answer; whether {what} was sent is not known"
                return False
            if not answer.ok:
                sent.trouble = f"the modem refused {what}: {answer.final}"
                return False
            sent.references.append(number((answer.value() or "").partition(",")[0].strip(), 255) or 0)
        return True

    def _reported(self, report: StatusReport) -> None:
        address = _digits(report.recipient_address)
        # References go round after 256 messages: the latest is meant.
        for to, sent in reversed(self._sent):
            if report.message_reference in sent.references and _same(to, address):
                sent.statuses[report.message_reference] = report.status
                return


def _digits(address: Address) -> str:
    return str(address).lstrip("+")


def _same(one: str, other: str) -> bool:
    """The network may write a number in its international form that was dialled in its national one."""
    one, other = one.lstrip("0"), other.lstrip("0")
    return one.endswith(other) or other.endswith(one)
