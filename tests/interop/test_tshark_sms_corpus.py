"""A drawn corpus of TPDUs of every type, headers of every element: tshark says of each what we mean by it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from random import Random

import pytest

from hil.modem.sms import alphabet
from hil.modem.sms.address import Address
from hil.modem.sms.coding import Alphabet, alphabet_of
from hil.modem.sms.fields import VALIDITY_OCTETS, ValidityFormat
from hil.modem.sms.reports import Parameters
from hil.modem.sms.timestamp import TimeStamp
from hil.modem.sms.tpdu import Deliver, DeliverReport, StatusReport, Submit, SubmitReport, Tpdu
from hil.modem.sms.udh import Concatenation, Element, OtherElement, Ports, UserDataHeader
from tests.interop.test_tshark_sms import DISSECTOR, DLT_USER0
from tests.peers import require

pytestmark = pytest.mark.tshark

EACH = 60
"""Messages of each type."""

SCHEMES = [0x00, 0x04, 0x08, 0xF5, 0xF1, 0x15]
ADDRESSES = ["+441234567890", "+1", "12345", "*100#", "OMA DM", "+49151234567890123"]
TEXTS = ["hello", "héllo {€}", "Ω", "a" * 60, ""]


class Draw:
    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def address(self) -> Address:
        return Address.of(self.random.choice(ADDRESSES))

    def number(self) -> Address:
        return Address.of(self.random.choice([each for each in ADDRESSES if each[0] in "+1"]))

    def stamp(self) -> TimeStamp:
        octets = [10 * self.random.randrange(10) + 0x05, 0x10, 0x21, 0x12, 0x34, 0x55, 0x80]
        return TimeStamp(bytes(octet & 0xFF for octet in octets))

    def header(self) -> UserDataHeader | None:
        """Concatenation has one part of one: tshark shows the header, and puts nothing together."""
        known: list[Element] = [
            Concatenation(self.random.randrange(256), 1, 1),
            Concatenation(self.random.randrange(65536), 1, 1, wide=True),
            Ports(self.random.randrange(256), self.random.randrange(256), wide=False),
            Ports(self.random.choice([9200, 16000]), self.random.randrange(65536)),
            OtherElement(self.random.choice([0x70, 0x71, 0xE0]), self.random.randbytes(3)),
        ]
        chosen = self.random.sample(known, self.random.randrange(4))
        if sum(isinstance(each, Concatenation) for each in chosen) > 1:
            chosen = [each for each in chosen if not isinstance(each, Concatenation)]
        if sum(isinstance(each, Ports) for each in chosen) > 1:
            chosen = [each for each in chosen if not isinstance(each, Ports)]
        return UserDataHeader(tuple(chosen)) if chosen else None

    def payload(self, scheme: int) -> bytes:
        coded = alphabet_of(scheme)
        if coded is Alphabet.DATA8:
            return self.random.randbytes(self.random.randrange(40))
        text = self.random.choice(TEXTS)
        return alphabet.encode(text) if coded is Alphabet.GSM7 else text.encode("utf-16-be")

    def flag(self) -> bool:
        return self.random.random() < 0.5

    def parameters(self) -> Parameters:
        protocol = self.random.choice([None, 0x7F])
        if self.flag():
            return Parameters(protocol, self.random.choice([None, 0x00]))
        # Not without TP-DCS: Wireshark then shows no text, where the standard has the default alphabet.
        scheme = self.random.choice([0x00, 0x04])
        return Parameters(protocol, scheme, self.payload(scheme))

    def cause(self) -> int | None:
        return self.random.choice([None, 0x81, 0xD3, 0xC4])

    def deliver(self) -> Deliver:
        scheme = self.random.choice(SCHEMES)
        return Deliver(
            self.address(),
            self.stamp(),
            self.payload(scheme),
            self.header(),
            self.random.choice([0, 0x40, 0x7F]),
            scheme,
            self.flag(),
            self.flag(),
            self.flag(),
            self.flag(),
        )

    def submit(self) -> Submit:
        scheme, form = self.random.choice(SCHEMES), self.random.choice([*ValidityFormat])
        period = {ValidityFormat.ABSOLUTE: self.stamp().octets, ValidityFormat.ENHANCED: bytes(7)}.get(
            form, b"\xa7"
        )
        return Submit(
            self.address(),
            self.payload(scheme),
            self.header(),
            self.random.randrange(256),
            self.random.choice([0, 0x41]),
            scheme,
            form,
            period[: VALIDITY_OCTETS[form]],
            self.flag(),
            self.flag(),
            self.flag(),
        )

    def status_report(self) -> StatusReport:
        said = self.parameters() if self.flag() else None
        status = self.random.choice([0, 1, 0x20, 0x41, 0x60])
        reference = self.random.randrange(256)
        return StatusReport(
            reference,
            self.number(),
            self.stamp(),
            self.stamp(),
            status,
            self.flag(),
            self.flag(),
            self.flag(),
            said,
        )

    def deliver_report(self) -> DeliverReport:
        return DeliverReport(self.cause(), self.parameters())

    def submit_report(self) -> SubmitReport:
        return SubmitReport(self.stamp(), self.cause(), self.parameters())


FIELDS = [
    "gsm_sms", "gsm_sms.tp-mti", "gsm_sms.tp-oa", "gsm_sms.tp-da", "gsm_sms.tp-ra", "gsm_sms.tp-mr",
    "gsm_sms.tp-pid", "gsm_sms.tp-dcs", "gsm_sms.tp-udhi", "gsm_sms.tp-mms", "gsm_sms.tp-vpf", "gsm_sms.tp-fcs",
    "gsm_sms.scts.year", "gsm_sms.destination_port", "gsm_sms.originator_port", "gsm_sms.udh.mm.msg_id",
    "gsm_sms.sms_text",
]  # fmt: skip


def ask(messages: list[Tpdu], direction: str, folder: Path) -> list[dict[str, str]]:
    """One call for all messages. ``direction`` is text2pcap's."""
    require("tshark", "text2pcap")
    dump = "".join(f"{direction}\n000000 {message.encode().hex(' ')}\n" for message in messages)
    text, capture = folder / "sms.txt", folder / "sms.pcapng"
    text.write_text(dump)
    made = ["text2pcap", "-q", "-D", "-l", DLT_USER0, str(text), str(capture)]
    subprocess.run(made, check=True, capture_output=True, timeout=60)
    asked = [
        "tshark",
        "-r",
        str(capture),
        "-o",
        DISSECTOR,
        "-T",
        "fields",
        "-E",
        "separator=|",
        "-E",
        "occurrence=f",
    ]
    asked += [word for field in FIELDS for word in ("-e", field)]
    shown = subprocess.run(asked, check=True, capture_output=True, text=True, timeout=60).stdout
    rows = [dict(zip(FIELDS, line.split("|"), strict=True)) for line in shown.split("\n")[:-1]]
    assert len(rows) == len(messages)
    return rows


def expected(message: Tpdu) -> dict[str, str]:
    """What tshark should say of a message; an empty text for what it has not."""
    said: dict[str, str] = {}
    header: UserDataHeader | None = None
    if isinstance(message, Deliver):
        said = {"tp-mti": "0", "tp-oa": message.originating_address.number}
        said["tp-mms"] = str(int(not message.more_messages_to_send))
    elif isinstance(message, Submit):
        said = {
            "tp-mti": "1",
            "tp-da": message.destination_address.number,
            "tp-mr": str(message.message_reference),
        }
        said["tp-vpf"] = str(int(message.validity_format))
    if isinstance(message, Deliver | Submit):
        header = message.header
        said |= {"tp-pid": str(message.protocol_identifier), "tp-dcs": str(message.data_coding_scheme)}
        said["sms_text"] = message.text or ""
    if isinstance(message, StatusReport):
        said = {"tp-mti": "2", "tp-ra": message.recipient_address.number, "tp-mr": str(message.message_reference)}
        said["tp-mms"] = str(int(not message.more_messages_to_send))
    if isinstance(message, DeliverReport | SubmitReport):
        said = {"tp-mti": "0" if isinstance(message, DeliverReport) else "1"}
        said["tp-fcs"] = "" if message.failure_cause is None else f"0x{message.failure_cause:02x}"
    if isinstance(message, StatusReport | DeliverReport | SubmitReport):
        parameters = message.parameters or Parameters()
        said["tp-pid"] = "" if parameters.protocol_identifier is None else str(parameters.protocol_identifier)
        said["tp-dcs"] = "" if parameters.data_coding_scheme is None else str(parameters.data_coding_scheme)
        said["sms_text"] = parameters.text or ""
    said["tp-udhi"] = str(int(header is not None))
    ports, part = (header.ports, header.concatenation) if header else (None, None)
    said["destination_port"] = str(ports.destination) if ports else ""
    said["originator_port"] = str(ports.source) if ports else ""
    said["udh.mm.msg_id"] = str(part.reference) if part else ""
    return {f"gsm_sms.{name}": value for name, value in said.items()}


NAMES = {
    Deliver: "SMS-DELIVER",
    Submit: "SMS-SUBMIT",
    StatusReport: "SMS-STATUS REPORT",
    DeliverReport: "SMS-DELIVER REPORT",
    SubmitReport: "SMS-SUBMIT REPORT",
}
KINDS = ["deliver", "submit", "status_report", "deliver_report", "submit_report"]


@pytest.mark.parametrize("kind", KINDS)
def test_tshark_says_what_we_mean(kind: str, tmp_path: Path) -> None:
    draw = Draw(KINDS.index(kind))
    messages: list[Tpdu] = [getattr(draw, kind)() for _ in range(EACH)]
    direction = "I" if isinstance(messages[0], Submit | DeliverReport) else "O"
    for message, row in zip(messages, ask(messages, direction, tmp_path), strict=True):
        wanted = expected(message)
        assert {name: row[name] for name in wanted} == wanted, message
        assert row["gsm_sms"].endswith(f" {NAMES[type(message)]}")
