"""What the network sends back for a message that the modem has sent (TS 23.040 §3.2.3)."""

from __future__ import annotations

from datetime import datetime

from hil.modem.sms.address import Address
from hil.modem.sms.timestamp import TimeStamp
from hil.modem.sms.tpdu import Deliver, StatusReport, Submit
from simulator.errors import CodecError, EncodeError

RECEIVED = 0
"""TP-ST: the short message was received by the SME (§9.2.3.15)."""


def returns(tpdu: bytes, reference: int, own_number: str, now: datetime) -> list[bytes]:
    """The TPDUs for the modem: the message itself when it went to the modem's own number, a status report when one
    was asked for. What cannot be read brings nothing."""
    try:
        submit = Submit.decode(tpdu)
        stamp = TimeStamp.of(now)
        back = []
        if str(submit.destination_address).lstrip("+") == own_number.lstrip("+"):
            back.append(
                Deliver(
                    Address.of(own_number),
                    stamp,
                    submit.payload,
                    submit.header,
                    submit.protocol_identifier,
                    submit.data_coding_scheme,
                    status_report_indication=submit.status_report_request,
                ).encode()
            )
        if submit.status_report_request:
            report = StatusReport(reference, submit.destination_address, stamp, stamp, RECEIVED)
            back.append(report.encode())
        return back
    except (CodecError, EncodeError):
        return []
