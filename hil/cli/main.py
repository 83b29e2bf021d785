"""The command ``dmrig``: finds the sub-command, and turns every error into one message and an exit code.

Sub-commands are imported when they are called, so that ``--help`` is quick and a command loads only the
libraries it needs.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress

import click

from hil import __version__
from hil.cli.help import examples
from hil.cli.lazy import LazyGroup
from hil.errors import BUG, BenchError, ExitCode
from simulator.errors import SimulatorError

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("hil.cli.demo", "Show the whole path on virtual hardware, from SIM card to managed device."),
    "init": ("hil.cli.init", "Write a project: a scenario, a rig, a test, a CI file."),
    "run": ("hil.cli.run", "Play scenarios on a rig."),
    "schema": ("hil.cli.schema", "Print the JSON Schema of a kind of file, for editors."),
    "check": ("hil.cli.check", "Read scenarios and say what is wrong or cannot be done; run nothing."),
    "rig": ("hil.cli.rig", "Write a rig file from what is plugged in; show what rigs can do."),
    "card": ("hil.cli.card", "List readers; read the DM bootstrap of a card."),
    "modem": ("hil.cli.modem", "Find modems, look at them, receive and send with them."),
    "push": ("hil.cli.push", "Make, send and read pushes: notifications, bootstraps, any body."),
    "decode": ("hil.cli.decode", "Show what bytes mean: DM message, SMS, push, notification, bootstrap."),
    "server": ("hil.cli.server", "Run the built-in DM server for any device."),
    "doctor": ("hil.cli.doctor", "Say what this machine has, what is missing, and how to get it."),
}
"""Name: the module that defines ``command``, and one line of help."""


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples("dmrig demo", "dmrig run scenarios/quickstart.yaml", "dmrig doctor"),
)
@click.version_option(__version__, prog_name="dmrig")
def cli() -> None:
    """Simulate, drive and test devices that speak OMA Device Management 1.3.

    Exit codes: 0 passed; 1 an expectation failed; 2 wrong usage or an invalid file; 3 a part is missing,
    cannot do a step, or broke; 4 internal error; 130 interrupted.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """The entry point; never returns."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; every error has been printed."""
    with suppress(ValueError):  # not in the main thread, as in tests
        signal.signal(signal.SIGTERM, _terminated)
    try:
        code = cli.main(args=arguments, prog_name="dmrig", standalone_mode=False)
        return code if isinstance(code, int) else ExitCode.PASSED
    except click.exceptions.Abort:
        return _interrupted()
    except KeyboardInterrupt:
        return _interrupted()
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except BenchError as error:
        _say(str(error), error.hint)
        return error.exit_code
    except SimulatorError as error:
        _say(str(error), error.hint)
        return ExitCode.USAGE
    except SystemExit:
        # Click's answer to a pipe whose reader (less, head) has gone: it has seen what it wanted.
        return ExitCode.PASSED
    except OSError as error:
        # Where dmrig opens files it says which and why; what is left is a full disk or a closed output.
        _say(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}", None)
        return ExitCode.PART
    except Exception as error:
        if os.environ.get("DMRIG_TRACEBACK"):
            traceback.print_exc()
        _say(
            f"internal error: {type(error).__name__}: {error}",
            BUG,
        )
        return ExitCode.INTERNAL


def _terminated(number: int, frame: object) -> None:
    """A job that is ended from outside closes its files and writes its reports, as after Ctrl-C."""
    raise KeyboardInterrupt


def _say(message: str, hint: str | None) -> None:
    click.echo(f"dmrig: {message}", err=True)
    if hint:
        click.echo(f"  try: {hint}", err=True)


def _interrupted() -> int:
    click.echo("dmrig: interrupted", err=True)
    return ExitCode.INTERRUPTED


if __name__ == "__main__":
    main()
