"""``dmrig server``: the built-in DM server by itself, for any device."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from hil import data
from hil.cli.ending import ends_on_signal
from hil.cli.help import examples
from hil.cli.standards import standards_option
from hil.errors import ExitCode

EXPIRY_SECONDS = 1.0
"""How often sessions are looked at whose devices stay away."""


@click.command(
    "server",
    epilog=examples(
        "dmrig server --config sample",
        "dmrig server --config my-server.yaml --port 8443 --host 0.0.0.0",
        "dmrig server --config my-server.yaml --state my-server.state",
        "curl --data-binary @message.wbxml -H 'Content-Type: application/vnd.syncml.dm+wbxml' "
        "http://127.0.0.1:8080/dm",
    ),
)
@click.option("--config", "config_name", required=True, metavar="FILE", help="A YAML file, or 'sample'.")
@click.option("--port", type=click.IntRange(0, 65535), help="Instead of the file's; 0 takes any free one.")
@click.option("--host", help="The address to listen on, instead of the file's.")
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Keep nonces and waiting commands in this file, for the next time.",
)
@standards_option
def command(config_name: str, port: int | None, host: str | None, state: Path | None) -> int:
    """Run a DM server with the accounts and commands of a file.

    Every device that comes gets the commands; what it answers is printed as it happens. Ctrl-C ends it.
    """
    from hil.server.config import ServerConfig
    from hil.server.engine import DmServer
    from hil.server.files import with_files
    from hil.server.front import Front
    from hil.server.kept import KeptStore
    from hil.server.reach import Reach
    from hil.server.show import Show
    from hil.server.store import MemoryStore
    from hil.yamlfile import load

    path = data.find("servers", config_name)
    config = load(path, ServerConfig)
    config = config.model_copy(update={"commands": tuple(with_files(one, path.parent) for one in config.commands)})
    accounts = config.device_accounts()
    kept = None if state is None else KeptStore(state, accounts)
    server = DmServer(config.settings(), kept or MemoryStore(accounts), random=os.urandom)
    show = Show(click.echo, lambda: datetime.now().astimezone())
    server.subscribe(show)
    reach = Reach(config.accounts, host=config.host if host is None else host)
    http = reach.complete(config)
    front = Front(
        server,
        now=lambda: datetime.now(UTC),
        failed=lambda error: click.echo(f"internal error: {type(error).__name__}: {error}", err=True),
        host=config.host if host is None else host,
        port=config.port if port is None else port,
        http=http,
        users=reach.users,
        told=lambda text: click.echo(text, err=True),
    )
    warning = reach.warning(http)
    if warning is not None:
        click.echo(f"warning: {warning}", err=True)
    front.host.start()
    ended = ends_on_signal()
    try:
        click.echo(f"DM server at {front.host.url} (Ctrl-C ends it)")
        if reach.ca is not None:
            click.echo(f"its certificate is signed by {reach.ca}: devices have to trust that (curl: --cacert)")
        while not ended.wait(EXPIRY_SECONDS):
            with front.lock:
                server.expire(datetime.now(UTC))
    finally:
        front.host.stop()
        reach.close()
        if kept is not None:
            kept.close()
        click.echo(show.summary())
    return ExitCode.INTERRUPTED
