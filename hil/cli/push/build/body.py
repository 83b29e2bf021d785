"""``dmrig push build body``: anything else."""

from __future__ import annotations

from typing import Any

import click

from hil.cli.help import examples
from hil.cli.push.build.output import Output, as_value, contents
from hil.cli.push.options import output_options


@click.command(
    "body",
    epilog=examples(
        "dmrig push build body si.xml --type text/vnd.wap.si --application 2",
        "dmrig push build body message.wbxml --type 'application/vnd.syncml.dm+wbxml; SEC=1; MAC=00'",
        "dmrig push build body package0.bin --type application/vnd.syncml.notification -H 'Push-Flag: 4'",
    ),
)
@click.argument("file", metavar="FILE|-")
@click.option("--type", "content_type", required=True, help="The content type, with its parameters.")
@click.option("--application", default="7", show_default=True, metavar="ID",
              help="X-Wap-Application-Id, as number or text; empty: none.")  # fmt: skip
@output_options
def command(file: str, content_type: str, application: str, **output: Any) -> None:
    """Make a push of FILE, whatever is in it."""
    from simulator.push.ota import from_fields
    from simulator.push.wsp import APPLICATION_ID

    push = from_fields([("Content-Type", content_type)], contents(file))
    # Numbers go out as such, but for a MAC, which may have digits alone.
    push.parameters = [
        (name, int(text) if isinstance(text, str) and text.isdigit() and name != "MAC" else text)
        for name, text in push.parameters
    ]
    if application:
        push.headers.append((APPLICATION_ID, as_value(APPLICATION_ID, application)))
    Output(**output).write(push)
