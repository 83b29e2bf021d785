"""``dmrig push send``: a push on its way, by any sender."""

from __future__ import annotations

import json

import click

from hil.cli.help import examples
from hil.cli.push.options import JSON
from hil.errors import ExitCode, UsageError


@click.command(
    "send",
    epilog=examples(
        "dmrig push send 010603D8AF87... --to udp://127.0.0.1:2948",
        "dmrig push send push.bin --to sms:+441234567890 --set modem=/dev/ttyUSB2",
        "dmrig push send push.bin --to http://127.0.0.1:4035/wappush --set user=ppg --set password=ppg-secret",
        "dmrig push send push.bin --to https://127.0.0.1:4036/wappush --set tls.ca=ca.pem --set form=direct",
        "dmrig push send push.bin --to pap:+441234567890 --set gateway=http://ppg.example/wappush",
        "dmrig push send push.bin --to smpp:+441234567890 --set smsc=smsc.example:2775 --set user=me",
        "dmrig push build notification --secret s3cret | dmrig push send - --to udp://127.0.0.1",
        "dmrig push send --list",
    ),
)
@click.argument("what", metavar="[FILE|HEX|-]", required=False)
@click.option("--to", metavar="ADDRESS", help="Where, and by which sender; see --list.")
@click.option("--set", "said", multiple=True, metavar="NAME=VALUE", help="A setting of the sender; see --list.")
@click.option("--port", type=click.IntRange(0, 65535), default=2948, show_default=True,
              help="The device's port, where the sender has ports.")  # fmt: skip
@click.option("--source-port", type=click.IntRange(0, 65535), default=9200, show_default=True, help="The same.")
@click.option("--as-is", is_flag=True, help="Send octets that are no push, too.")
@click.option("--list", "list_senders", is_flag=True, help="List the senders with their settings and leave.")
@JSON
def command(
    what: str | None,
    to: str | None,
    said: tuple[str, ...],
    port: int,
    source_port: int,
    as_is: bool,
    list_senders: bool,
    as_json: bool,
) -> int:
    """Send a push, as dmrig push build makes it: a file, hex digits or standard input.

    Exit code 0 when it has gone, and was accepted where the other side says so; 1 when the other side refused it;
    3 when it could not be sent.
    """
    from hil.push.contract import Meta
    from hil.push.senders.table import open_sender

    if list_senders:
        _list()
        return ExitCode.PASSED
    if what is None or to is None:
        raise UsageError("what to send, and --to ADDRESS", hint="dmrig push send --list names the senders")
    push = _push(what, as_is)
    sender = open_sender(to, dict(map(_setting, said)))
    try:
        sent = sender.send(push, Meta(port, source_port))
    finally:
        sender.close()
    if as_json:
        shown = {"accepted": sent.accepted, "text": sent.text, **sent.details}
        click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
    else:
        click.echo(f"{'sent' if sent.accepted else 'refused'}: {sent.text}")
    return ExitCode.PASSED if sent.accepted else ExitCode.EXPECTATION_FAILED


def _push(what: str, as_is: bool) -> bytes:
    from hil.decode.source import joined, read
    from simulator.errors import CodecError
    from simulator.push import wsp

    octets = joined(read(what))
    if not as_is:
        try:
            wsp.decode(octets)
        except CodecError as error:
            raise UsageError(f"this is no WSP push: {error}", hint="--as-is sends it all the same") from error
    return octets


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"{text!r} is no setting", hint="write it like form=direct")
    return name, value


def _list() -> None:
    from hil.push.senders.table import SENDERS, settings_of

    for scheme, known in SENDERS.items():
        click.echo(f"{known.address:34} {known.about}")
        names = ", ".join(settings_of(scheme).model_fields)
        click.echo(f"{'':34} settings: {names}")
