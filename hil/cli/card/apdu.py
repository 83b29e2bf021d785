"""``dmrig card apdu``: commands to a card, and what it answers."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from hil.cli.card.options import JSON, ReaderChoice, reader_options
from hil.cli.help import examples
from hil.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from hil.card.recording import Event


@click.command(
    "apdu",
    epilog=examples(
        "dmrig card apdu 00A40004023F00",
        'dmrig card apdu "00 A4 00 04 02 2F E2" 00B000000A',
        "dmrig card apdu --raw --image operator-sim 00A40004022F00",
        "dmrig card apdu --modem /dev/ttyUSB2 --by csim 80F2000000",
        "dmrig card apdu - < commands.txt",
    ),
)
@reader_options
@click.option(
    "--raw", is_flag=True, help="Send what is given and nothing else: 61xx, 9Fxx and 6Cxx are not followed."
)
@JSON
@click.argument("apdus", metavar="HEX...", nargs=-1, required=True)
def command(choice: ReaderChoice, raw: bool, as_json: bool, apdus: tuple[str, ...]) -> int:
    """Send commands (C-APDUs in hex, - for lines of standard input) to a card, and show what it answers.

    Answers that say 61xx, 9Fxx or 6Cxx are followed by the command that they ask for. It is what you asked for,
    so answers are shown whole; only a PIN in a command is covered.

    Exit code 1 when the card refuses the last command.
    """
    from hil.card.dialogue import lead
    from hil.card.recording import RecordingReader
    from simulator.bootstrap.apdu import exchange

    wanted = list(_commands(apdus))
    heard: list[Event] = []
    reader = RecordingReader(choice.open(exclusive=True), heard.append)
    reader.connect()
    try:
        for apdu in wanted:
            if raw:
                reader.transmit(apdu)
            else:
                lead(exchange(apdu), reader.transmit)
    finally:
        reader.disconnect()
        _print(heard, as_json)
    return ExitCode.PASSED if _fine(heard) else ExitCode.EXPECTATION_FAILED


def _commands(apdus: tuple[str, ...]) -> list[bytes]:
    from hil.card.command import of_hex

    lines = [line for each in apdus for line in (sys.stdin.read().splitlines() if each == "-" else [each])]
    found = []
    for line in lines:
        digits = "".join(line.partition("#")[0].split()).replace(":", "").removeprefix(">")
        if not digits or digits[0] in "<=":
            continue
        try:
            found.append(of_hex(digits))
        except ValueError as error:
            raise UsageError(
                f"{line[:60]!r} is no command in hex ({error})", hint="such as 00A40004023F00"
            ) from None
    if not found:
        raise UsageError("there is no command", hint="such as 00A40004023F00")
    return found


def _print(heard: list[Event], as_json: bool) -> None:
    from hil.card.names import Narrator
    from hil.card.recording import Exchanged
    from hil.card.show import told
    from hil.trace.mask import Masker
    from hil.trace.structure import hide_pin

    narrator = Narrator()
    if not as_json:
        masker = Masker()
        for event in heard:
            for line in told(event, narrator, masker):
                click.echo(line)
        return
    shown = []
    for event in heard:
        if isinstance(event, Exchanged):
            answer = event.answer or b""
            text, fields = narrator.tell(event.command, answer)
            shown.append(
                {
                    "command": hide_pin(event.command).hex().upper(),
                    "data": answer[:-2].hex().upper(),
                    "sw": fields.get("sw"),
                    "meaning": fields.get("meaning"),
                    "text": text,
                }
            )
    click.echo(json.dumps({"exchanges": shown}, indent=2, ensure_ascii=False))


def _fine(heard: list[Event]) -> bool:
    from hil.card.recording import Exchanged

    last = heard[-1] if heard else None
    return isinstance(last, Exchanged) and last.answer is not None and last.answer[-2] in (0x90, 0x91, 0x61, 0x9F)
