"""``dmrig card explore``: a card's files, by hand."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from hil.cli.card.options import ReaderChoice, reader_options
from hil.cli.help import examples
from hil.errors import ExitCode

if TYPE_CHECKING:
    from hil.card.recording import Event
    from hil.explore.shell import Shell


@click.command(
    "explore",
    epilog=examples(
        "dmrig card explore",
        "dmrig card explore --image operator-sim",
        'dmrig card explore --image operator-sim -c "ls; cat ICCID; cd USIM; cat IMSI"',
        "dmrig card explore --modem /dev/ttyUSB2 --by crsm < commands.txt",
    ),
)
@reader_options
@click.option("-c", "script", metavar="COMMANDS", help="Do these, separated by semicolons, and leave.")
@click.option("--yes", is_flag=True, help="Try a PIN (verify) without asking first.")
@click.option("--last-try", is_flag=True, help="Try one even when a wrong one would block it.")
@click.option("--show-secrets", is_flag=True, help="Show ICCID, IMSI, numbers, passwords and nonces.")
def command(choice: ReaderChoice, script: str | None, yes: bool, last_try: bool, show_secrets: bool) -> int:
    """Walk through a card's files: list them by name, read them decoded, see what the card tells of each.

    help lists the commands; the tab key completes them. Nothing on the card is changed, but by an `apdu` of your
    own, and no PIN is tried but by `verify`, which counts the tries that are left and asks first.

    With -c, or commands on standard input, exit code 2 or 3 when one of them fails; those behind it are left out.
    """
    from hil.card.recording import RecordingReader
    from hil.explore.explorer import Explorer
    from hil.explore.shell import Shell, obey_all
    from hil.trace.mask import Masker

    heard: list[Event] = []
    reader = RecordingReader(choice.open(exclusive=True), heard.append)
    reader.connect()
    interactive = script is None and sys.stdin.isatty()

    def confirm(question: str) -> bool:
        return yes or (interactive and click.confirm(question))

    def ask_pin(question: str) -> str | None:
        return str(click.prompt(question, hide_input=True)) if interactive else None

    try:
        shell = Shell(
            Explorer(reader),
            click.echo,
            heard,
            Masker(show_all=show_secrets),
            confirm=confirm,
            ask_pin=ask_pin,
            last_try=last_try,
        )
        if interactive:
            click.echo(f"the card in {reader.name}; help lists the commands, exit leaves")
            _talk(shell)
            return ExitCode.PASSED
        lines = script.split(";") if script is not None else sys.stdin
        return obey_all(shell, iter(lines))
    finally:
        reader.disconnect()


def _talk(shell: Shell) -> None:
    """Line after line, until the person leaves. What fails is told, and the next line asked for."""
    from hil.errors import PartBroke, PartError, UsageError
    from hil.explore.shell import Leave
    from simulator.errors import SimulatorError

    _complete_by(shell)
    for line in _typed(shell):
        try:
            shell.obey(line)
        except Leave:
            return
        except PartBroke:
            raise
        except (UsageError, SimulatorError, PartError) as error:
            shell.tell(error)


def _typed(shell: Shell) -> Iterator[str]:
    while True:
        try:
            yield input(shell.prompt)
        except EOFError:
            click.echo()
            return


def _complete_by(shell: Shell) -> None:
    """The tab key, where Python has readline."""
    try:
        import readline
    except ImportError:
        return

    def complete(text: str, state: int) -> str | None:
        found = shell.completions(text, readline.get_line_buffer())
        return found[state] + " " if state < len(found) else None

    readline.set_completer(complete)
    readline.set_completer_delims(" ")
    readline.parse_and_bind("tab: complete")
