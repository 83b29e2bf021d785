"""``dmrig push decode``: a push layer by layer, and whether it comes from whom it says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hil.cli.help import examples
from hil.cli.push.options import JSON, digest_options, mac_options
from hil.cli.standards import standards_option
from hil.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from hil.decode.layer import Layer

KINDS = ("wsp", "sms", "deliver", "submit", "user-data", "ota-http", "notification-1.3", "notification-1.2")


@click.command(
    "decode",
    epilog=examples(
        "dmrig push decode 010603D8AF87... --secret s3cret --nonce Zmlyc3Q=",
        "dmrig push decode modem.log --secret s3cret",
        "dmrig push decode run.pcapng --json",
        "dmrig push decode bootstrap.hex --imsi 001010123456789",
        "dmrig push build notification --secret s3cret | dmrig push decode - --secret s3cret",
    ),
)
@click.argument("what", metavar="FILE|HEX|-")
@click.option("--as", "kind", type=click.Choice(KINDS), help="What it is, when it should not be guessed.")
@digest_options
@mac_options
@standards_option
@JSON
@click.pass_context
def command(
    ctx: click.Context,
    what: str,
    kind: str | None,
    secret: str | None,
    nonce: bytes,
    name: str | None,
    imsi: str | None,
    pin: str | None,
    as_json: bool,
) -> None:
    """Read a push: WSP in hex or binary, SMS PDUs (one a line, or a modem's log), HTTP requests, capture files.

    With --secret and --nonce the digest of each notification is checked, with --imsi or --pin the MAC of each
    bootstrap. In captures (pcap and pcapng), datagrams to 2948 and 2949, SMS and requests of OTA-HTTP are found.
    It is your own input, so nothing is masked.

    Exit code 0 when all could be read, and every check was right; 1 when one was wrong; 2 when nothing could be
    read, or what was read is damaged.
    """
    from hil.cli.decode import echo_damage, echo_json, print_layers
    from hil.decode import proof

    with proof.checking(proof.Keys(secret, nonce, name, imsi, pin)):
        layers = _layers(what, kind)
    if as_json:
        echo_json(layers)
    else:
        print_layers(layers)
    if echo_damage(layers):
        ctx.exit(ExitCode.USAGE)
    wrong = [said for said in proof.checks(layers) if said != proof.RIGHT]
    if wrong:
        click.echo(f"dmrig: not from whom it says: {wrong[0]}", err=True)
        ctx.exit(ExitCode.EXPECTATION_FAILED)


def _layers(what: str, kind: str | None) -> list[Layer]:
    from hil.cli.decode import read_layers
    from hil.decode.own import is_capture

    if is_capture(Path(what)):
        return _captured(Path(what))
    return read_layers(what, kind, None)


def _captured(path: Path) -> list[Layer]:
    from hil.capture.pushes import pushes
    from hil.decode.opening import open_found

    layers = open_found([(each.octets, each.kind, each.about) for each in pushes(path)])
    if not layers:
        raise UsageError(f"there is no push in {path}")
    return layers
