"""One line for a person and fields for a program, for any TPDU, damaged ones too."""

from __future__ import annotations

from hil.modem.sms import tpdu
from hil.modem.sms.coding import alphabet_of, message_class
from hil.modem.sms.tpdu import Deliver, DeliverReport, StatusReport, Submit, SubmitReport
from hil.modem.sms.udh import UserDataHeader
from hil.trace.record import Json
from simulator.errors import CodecError


def describe(octets: bytes, direction: tpdu.Direction) -> tuple[str, dict[str, Json]]:
    """Text and fields for the trace. Never raises."""
    try:
        message = tpdu.decode(octets, direction)
    except CodecError as error:
        return f"SMS that cannot be read: {error}", {"error": str(error)}
    if isinstance(message, Deliver):
        return _short_message("SMS-DELIVER from", message.originating_address, message)
    if isinstance(message, Submit):
        return _short_message("SMS-SUBMIT to", message.destination_address, message)
    if isinstance(message, StatusReport):
        fields: dict[str, Json] = {
            "type": "SMS-STATUS-REPORT",
            "address": str(message.recipient_address),
            "reference": message.message_reference,
            "status": message.status,
        }
        return f"SMS-STATUS-REPORT {message.status:02X} for message {message.message_reference}", fields
    return _report(message)


def _short_message(what: str, address: object, message: Deliver | Submit) -> tuple[str, dict[str, Json]]:
    scheme = message.data_coding_scheme
    fields: dict[str, Json] = {
        "type": what.split()[0],
        "address": str(address),
        "alphabet": alphabet_of(scheme).value,
        "class": message_class(scheme),
        "length": len(message.payload),
    }
    if isinstance(message, Deliver):
        fields["time"] = str(message.service_centre_time_stamp)
    words = [f"{what} {address}", *_header(message.header, fields)]
    text = message.text
    if text is None:
        words.append(f"{len(message.payload)} octets")
    else:
        fields["content"] = text
        words.append(repr(text))
    return ", ".join(words), fields


def _header(header: UserDataHeader | None, fields: dict[str, Json]) -> list[str]:
    words = []
    if header and (ports := header.ports):
        fields["destination_port"], fields["source_port"] = ports.destination, ports.source
        words.append(f"port {ports.source} to {ports.destination}")
    if header and (part := header.concatenation):
        fields["reference"], fields["segment"], fields["segments"] = part.reference, part.sequence, part.total
        words.append(f"segment {part.sequence} of {part.total}")
    return words


def _report(message: DeliverReport | SubmitReport) -> tuple[str, dict[str, Json]]:
    cause = message.failure_cause
    what = "SMS-SUBMIT-REPORT" if isinstance(message, SubmitReport) else "SMS-DELIVER-REPORT"
    fields: dict[str, Json] = {"type": what, "cause": cause}
    if isinstance(message, SubmitReport):
        fields["time"] = str(message.service_centre_time_stamp)
    return f"{what}: " + ("taken" if cause is None else f"refused, cause {cause:02X}"), fields
