"""``dmrig push build``: one command for each thing that can be pushed."""

from __future__ import annotations

import click

from hil.cli.help import examples
from hil.cli.lazy import LazyGroup

COMMANDS = {
    "notification": ("hil.cli.push.build.notification", "A notification (package 0) of DM 1.3 or 1.2."),
    "bootstrap": ("hil.cli.push.build.bootstrap", "A bootstrap message, with SEC and MAC."),
    "body": ("hil.cli.push.build.body", "Any body, with any content type and headers."),
}


@click.group(
    "build",
    cls=LazyGroup,
    table=COMMANDS,
    epilog=examples(
        "dmrig push build notification --secret s3cret --session 0xA7 --as submit --number +441234567890",
        "dmrig push build bootstrap message.wbxml --sec USERPIN --pin 1234",
        "dmrig push build body si.xml --type text/vnd.wap.si --application 2",
    ),
)
def command() -> None:
    """Make a push, and write it as hex, binary, SMS PDUs or an HTTP request."""
