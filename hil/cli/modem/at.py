"""``dmrig modem at``: AT commands by hand."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from hil.cli.help import examples
from hil.cli.modem.options import JSON, PORT, SPEED
from hil.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from hil.modem.at.parser import Command, Response
    from hil.modem.live import LiveLink

PROMPT = "at> "
LEAVE = {"exit", "quit"}


@click.command(
    "at",
    epilog=examples(
        "dmrig modem at /dev/ttyUSB2",
        "dmrig modem at usb:2c7c:0125:2 AT+CSQ 'AT+COPS?'",
        "dmrig modem at /dev/ttyUSB2 'AT+CMGS=18 : 0011000B914421436587F90000A705E8329BFD06'",
        "dmrig modem at /dev/ttyUSB2 --json AT+CNMI=? | jq -r '.answers[].lines[]'",
    ),
)
@PORT
@click.argument("commands", nargs=-1, metavar="[COMMAND]...")
@click.option("--timeout", type=click.FloatRange(0.1, 600), metavar="SECONDS",
              help="How long to wait for each answer, instead of what its command takes.")  # fmt: skip
@SPEED
@JSON
def command(port: str, commands: tuple[str, ...], timeout: float | None, speed: int, as_json: bool) -> int:
    """Send AT commands to a modem and show its answers, error numbers in words.

    Without a COMMAND, commands are read from the terminal, with a history of what was typed, or from standard
    input. What the modem says by itself is shown when it comes, behind a *. The AT at the beginning may be left
    out. What is to be typed at the modem's prompt, such as a PDU, stands after " : ".

    It is your own modem, so nothing is masked.

    Exit code 3 when a command is refused or not answered, or the modem has gone.
    """
    from datetime import UTC, datetime

    from hil.modem.link import AtLink
    from hil.modem.live import LiveLink
    from hil.modem.ports import find
    from hil.modem.serial import SerialLine
    from hil.trace.recorder import Recorder

    if as_json and not commands:
        raise UsageError("--json wants the commands on the command line", hint="dmrig modem at PORT --json AT+CSQ")
    asked = [_command(text, timeout) for text in commands]
    by_itself: list[str] = []
    link = AtLink(SerialLine(find(port), speed), Recorder(lambda: datetime.now(UTC)), "modem")
    screen = _Screen()
    live = LiveLink(link, by_itself.append if as_json else screen.show)
    live.start()
    try:
        if not asked:
            return _talk(live, screen, timeout)
        answers = [(each, live.ask(each)) for each in asked] if as_json else [_ask(live, each) for each in asked]
    finally:
        live.close()
    if as_json:
        shown = {"answers": [_to_json(*each) for each in answers], "unsolicited": by_itself}
        click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
    return ExitCode.PASSED if all(answer is not None and answer.ok for _, answer in answers) else ExitCode.PART


def _command(text: str, timeout: float | None) -> Command:
    from hil.modem.at.parser import Command

    line, _, payload = text.partition(" : ")
    line = line.strip()
    if not line.isascii() or not line.isprintable():
        raise UsageError(f"{line!r} is no AT command: it has other characters than ASCII in it")
    if line[:2].upper() != "AT":
        line = f"AT{line}"
    return Command(line, payload.strip() or None, timeout)


def _ask(live: LiveLink, asked: Command) -> tuple[Command, Response | None]:
    answer = live.ask(asked)
    if answer is None:
        click.echo(f"no answer to {asked.text} within {asked.seconds:g} s")
    else:
        for line in (*answer.lines, str(answer.final)):
            click.echo(line)
    return asked, answer


class _Screen:
    """Where commands are typed, when it is a terminal; what comes by itself is shown above."""

    def __init__(self) -> None:
        self.interactive = sys.stdin.isatty() and sys.stdout.isatty()
        self._typing = False

    def read(self) -> str | None:
        """The next line; None at the end."""
        try:
            self._typing = self.interactive
            return input(PROMPT if self.interactive else "").strip()
        except EOFError:
            return None
        finally:
            self._typing = False

    def show(self, line: str) -> None:
        if self._typing:
            import readline

            sys.stdout.write(f"\r\x1b[K* {line}\n{PROMPT}{readline.get_line_buffer()}")
            sys.stdout.flush()
        else:
            click.echo(f"* {line}")


def _talk(live: LiveLink, screen: _Screen, timeout: float | None) -> int:
    """Until the end of the input."""
    if screen.interactive:
        import readline  # noqa: F401 - input() has a history with it

        click.echo("AT commands; Ctrl-D ends")
    good = True
    while (text := screen.read()) is not None and text.lower() not in LEAVE:
        if text:
            try:
                asked = _command(text, timeout)
            except UsageError as error:
                click.echo(str(error))
                good = False
                continue
            _, answer = _ask(live, asked)
            good = good and answer is not None and answer.ok
    return ExitCode.PASSED if good or screen.interactive else ExitCode.PART


def _to_json(asked: Command, answer: Response | None) -> dict[str, object]:
    if answer is None:
        return {"command": asked.text, "ok": False, "lines": [], "final": None, "error": "no answer"}
    final = answer.final
    return {
        "command": asked.text,
        "ok": answer.ok,
        "lines": list(answer.lines),
        "final": final.text,
        "error": None if answer.ok else final.meaning or final.text,
    }
