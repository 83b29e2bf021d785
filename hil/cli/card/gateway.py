"""``dmrig card gateway``: the terminal's side of BIP, for any HTTPS client."""

from __future__ import annotations

import json
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hil.cli.card.options import JSON, ReaderChoice, reader_options, virtual
from hil.cli.ending import ends_on_signal
from hil.cli.help import examples
from hil.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from hil.card.gateway.gateway import BipGateway
    from hil.card.reader import Reader
    from hil.tls.run import RunCertificates
    from hil.trace.recorder import Recorder

PORT = click.IntRange(0, 65535)


@click.command(
    "gateway",
    epilog=examples(
        "dmrig card gateway",
        'dmrig card gateway --reader "Gemalto*" -v',
        "dmrig card gateway --image scws-sim --ca-file card-ca.pem",
        "curl --cacert card-ca.pem https://127.0.0.1:4116/OMA/DM/Bootstrap.xml",
    ),
)
@reader_options
@click.option("--port", type=PORT, default=4116, metavar="PORT", show_default=True,
              help="Listen here for the card's port 4116, HTTPS; 0 is any free port.")  # fmt: skip
@click.option("--plain-port", type=PORT, default=3516, metavar="PORT", show_default=True,
              help="Listen here for the card's port 3516, plain HTTP.")  # fmt: skip
@click.option("--open", "open_seconds", type=click.FloatRange(0.1, 3600), default=10.0, metavar="SECONDS",
              show_default=True, help="How long the card may take to open a channel.")  # fmt: skip
@click.option("--poll", "poll_seconds", type=click.FloatRange(0.01, 3600), default=30.0, metavar="SECONDS",
              show_default=True, help="How often an idle card is asked whether it wants something.")  # fmt: skip
@click.option("--buffer", type=click.IntRange(1, 0xFFFF), default=8192, metavar="OCTETS", show_default=True,
              help="The largest buffer that a channel gets.")  # fmt: skip
@click.option("--ca-file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Of an --image: write the authority of its certificate here.")  # fmt: skip
@click.option("-v", "--verbose", is_flag=True, help="Show what goes between card and gateway, decoded.")
@JSON
def command(
    choice: ReaderChoice,
    port: int,
    plain_port: int,
    open_seconds: float,
    poll_seconds: float,
    buffer: int,
    ca_file: Path | None,
    verbose: bool,
    as_json: bool,
) -> int:
    """Let HTTPS clients of this machine reach the web server in a card (SCWS over BIP, UICC server mode).

    Listens on loopback, in IPv4 and IPv6, at the ports that the card opens, and carries the octets of one client
    at a time to the card and back. TLS ends in the card. Ctrl-C ends the gateway.

    Exit code 3 when the card has no toolkit, opens no channel in time, or goes away.
    """
    from hil.card.gateway.gateway import BipGateway
    from hil.card.gateway.settings import GatewaySettings, TerminalFaults
    from hil.tls.run import RunCertificates
    from simulator.codes.cat import PORT_SCWS, PORT_SCWS_TLS

    if ca_file is not None and choice.image is None:
        raise UsageError(
            "--ca-file is for an --image", hint="the authority of a real card is its issuer's to give"
        )
    recorder = _shown() if verbose else None
    settings = GatewaySettings(
        ports={PORT_SCWS_TLS: port, PORT_SCWS: plain_port},
        open_seconds=open_seconds,
        poll_seconds=poll_seconds,
        faults=TerminalFaults(buffer=buffer),
    )
    certificates = RunCertificates()
    try:
        reader = _reader(choice, certificates, recorder)
        with BipGateway(reader, settings, recorder) as gateway:
            ended = ends_on_signal()
            if ca_file is not None:
                shutil.copyfile(certificates.authority(), ca_file)
            _print_addresses(reader.name, gateway, as_json)
            while not ended.wait(0.2):
                if gateway.wait(0) and gateway.error is not None:
                    raise gateway.error
    finally:
        certificates.close()
    return ExitCode.INTERRUPTED


def _reader(choice: ReaderChoice, certificates: RunCertificates, recorder: Recorder | None) -> Reader:
    if choice.image is None:
        return choice.open(exclusive=True)

    def told(text: str) -> None:
        if recorder is not None:
            recorder.note(f"the card's web server: {text}", part="card")

    return virtual(choice.image, certificates, told)


def _shown() -> Recorder:
    """Shows what it is told."""
    from hil.trace.console import ConsoleTimeline
    from hil.trace.recorder import Recorder

    recorder = Recorder(lambda: datetime.now(UTC))
    recorder.subscribe(ConsoleTimeline(recorder.masker, sys.stderr, verbose=True))
    return recorder


def _print_addresses(reader: str, gateway: BipGateway, as_json: bool) -> None:
    from simulator.codes.cat import PORT_SCWS_TLS

    schemes = {port: "https" if port == PORT_SCWS_TLS else "http" for port in gateway.ports()}
    urls = {
        port: [f"{schemes[port]}://{f'[{host}]' if ':' in host else host}:{own}" for host, own in addresses]
        for port, addresses in gateway.ports().items()
    }
    if as_json:
        click.echo(
            json.dumps({"reader": reader, "urls": {str(port): each for port, each in urls.items()}}, indent=2)
        )
    else:
        click.echo(f"the card in {reader} is reached at (Ctrl-C ends it):")
        for port, each in sorted(urls.items(), reverse=True):
            click.echo(f"  port {port}: {', '.join(each)}")
    sys.stdout.flush()
