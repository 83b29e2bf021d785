"""``dmrig modem send``: a short message through a modem."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hil.cli.help import examples
from hil.cli.modem.options import JSON, PIN, PORT, SPEED
from hil.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from hil.modem.sender import Sent
    from hil.modem.sms.tpdu import Submit

PUSH_PORT, PUSH_SOURCE = 2948, 9200
"""WAP push over WDP, connectionless (WAP-259), and the port that a push gateway sends from."""

LARGEST = 255 * 140
"""Octets: more than fits into the parts of any message."""


@click.command(
    "send",
    epilog=examples(
        'dmrig modem send /dev/ttyUSB2 +441234567890 "Hello"',
        'dmrig modem send /dev/ttyUSB2 +441234567890 "Hello" --report',
        "dmrig modem send /dev/ttyUSB2 +441234567890 --push --file push.bin",
        "dmrig modem send /dev/ttyUSB2 +441234567890 --hex 0102FF --port 5000 --source-port 5001",
    ),
)
@PORT
@click.argument("number")
@click.argument("text", required=False)
@click.option("--hex", "digits", metavar="DIGITS", help="Send 8-bit data instead of a text.")
@click.option(
    "--file", type=click.Path(path_type=Path), metavar="FILE", help="Send what is in a file, as 8-bit data."
)
@click.option("--push", is_flag=True, help=f"The data is a WAP push: port {PUSH_PORT}, from port {PUSH_SOURCE}.")
@click.option(
    "--port", "to_port", type=click.IntRange(0, 65535), metavar="N", help="The port that the data is for."
)
@click.option(
    "--source-port", type=click.IntRange(0, 65535), metavar="N", help=f"The port it is from [{PUSH_SOURCE}]."
)
@click.option("--report", is_flag=True, help="Ask for a status report, and wait for it.")
@click.option("--wait", type=click.FloatRange(0, 86400 * 3), default=120.0, show_default=True, metavar="SECONDS",
              help="How long to wait for the status report.")  # fmt: skip
@SPEED
@PIN
@JSON
def command(
    port: str,
    number: str,
    text: str | None,
    digits: str | None,
    file: Path | None,
    push: bool,
    to_port: int | None,
    source_port: int | None,
    report: bool,
    wait: float,
    speed: int,
    ask_pin: bool,
    as_json: bool,
) -> int:
    """Send a short message to NUMBER: a TEXT, or 8-bit data for a port.

    A text goes in the GSM 7-bit alphabet when that has all of its characters, else in UCS2. What is too long for
    one message goes in several parts, which the recipient puts together. The number of the message that the
    network gave (TP-MR) is shown for each.

    Exit code 0 when the network has taken the message, with --report when it was delivered; 1 when a report says
    that it was not, or none came in time; 3 when the modem or the network refused it, or there is no modem.
    """
    from hil.cli.modem.session import opened
    from hil.modem.sender import Sender

    parts = _parts(number, text, digits, file, _ports(push, to_port, source_port), report)
    with opened(port, speed, ask_pin=ask_pin, reports=report) as session:
        over: list[Sent] = []
        sent = Sender(session.driver).send(parts, over.append)
        session.run(lambda: bool(over))
        if report and sent.complete:
            session.run(lambda: sent.reported, timedelta(seconds=wait))
        session.finish()
    if as_json:
        click.echo(json.dumps(_to_json(sent, report), indent=2))
    else:
        _print(sent, report, wait)
    if not sent.complete:
        return ExitCode.PART
    return ExitCode.PASSED if not report or sent.delivered else ExitCode.EXPECTATION_FAILED


def _ports(push: bool, to_port: int | None, source_port: int | None) -> tuple[int, int] | None:
    if push and to_port is not None:
        raise UsageError("--push and --port exclude each other", hint=f"--push is --port {PUSH_PORT}")
    destination = PUSH_PORT if push else to_port
    if destination is None:
        if source_port is not None:
            raise UsageError("--source-port wants --port, or --push")
        return None
    return destination, PUSH_SOURCE if source_port is None else source_port


def _parts(
    number: str,
    text: str | None,
    digits: str | None,
    file: Path | None,
    ports: tuple[int, int] | None,
    report: bool,
) -> list[Submit]:
    from hil.modem.sender import data_message, text_message
    from hil.modem.sms.address import is_number
    from hil.modem.sms.udh import Ports

    given = sum(each is not None for each in (text, digits, file))
    if given != 1:
        raise UsageError(
            "nothing to send was given" if not given else "TEXT, --hex and --file exclude each other",
            hint="give a TEXT, --hex DIGITS or --file FILE",
        )
    if not is_number(number):
        raise UsageError(
            f"{number!r} is no telephone number",
            hint="digits, * and #, 20 at most, with + before a country code: +441234567890",
        )
    where = None if ports is None else Ports(*ports)
    # Two messages of the same number within minutes must not be taken for parts of one.
    reference = os.urandom(1)[0]
    if text is not None:
        return text_message(number, text, reference=reference, ports=where, report=report)
    data = _hex(digits) if digits is not None else _file(file)
    if where is None:
        raise UsageError("data without a port reaches nobody", hint="say --push, or --port N")
    return data_message(number, data, where, reference=reference, report=report)


def _hex(digits: str) -> bytes:
    try:
        return bytes.fromhex(digits.replace(":", " "))
    except ValueError:
        raise UsageError("--hex wants pairs of hex digits", hint="to send a text, give it without --hex") from None


def _file(file: Path | None) -> bytes:
    assert file is not None
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    if len(data) > LARGEST:
        raise UsageError(f"{file} is longer than any short message ({LARGEST} octets)")
    return data


def _print(sent: Sent, report: bool, wait: float) -> None:
    from hil.modem.sms.status import words

    for place, reference in enumerate(sent.references, 1):
        part = "sent" if sent.parts == 1 else f"part {place} of {sent.parts} sent"
        status = sent.statuses.get(reference)
        said = f"; {words(status)}" if status is not None else ""
        click.echo(f"{part}, reference {reference}{said}")
    if sent.trouble:
        click.echo(f"dmrig: {sent.trouble}", err=True)
    elif report and not sent.reported:
        click.echo(f"dmrig: no last status report within {wait:g} s", err=True)


def _to_json(sent: Sent, report: bool) -> dict[str, object]:
    from hil.modem.sms.status import words

    shown: dict[str, object] = {
        "sent": sent.complete,
        "parts": sent.parts,
        "references": sent.references,
        "trouble": sent.trouble or None,
    }
    if report:
        shown["delivered"] = sent.delivered
        shown["reports"] = [
            {"reference": reference, "status": status, "words": words(status)}
            for reference, status in sent.statuses.items()
        ]
    return shown
