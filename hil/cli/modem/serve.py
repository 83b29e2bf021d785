"""``dmrig modem serve``: a virtual modem for any program that speaks AT."""

from __future__ import annotations

from pathlib import Path

import click

from hil.cli.ending import ends_on_signal
from hil.cli.help import examples
from hil.errors import ExitCode, UsageError

DEFAULT = "standard"


def _address(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[str, int] | None:
    if value is None:
        return None
    host, _, port = value.rpartition(":")
    if not port.isdecimal() or int(port) > 0xFFFF:
        raise click.BadParameter("write HOST:PORT, or :PORT for this machine alone; port 0 takes any free one")
    return host.strip("[]") or "127.0.0.1", int(port)


@click.command(
    "serve",
    epilog=examples(
        "dmrig modem serve",
        "dmrig modem serve --link /tmp/modem --vendor quectel",
        "dmrig modem serve --tcp 127.0.0.1:7000 --vendor simcom-sim7600",
        "dmrig modem serve --inbox messages.yaml",
        "dmrig modem serve --json | jq -r 'select(.event == \"sent\") | .content'",
    ),
)
@click.option("--link", type=click.Path(path_type=Path), metavar="PATH", help="A link to the pseudo-terminal.")
@click.option("--tcp", callback=_address, metavar="HOST:PORT", help="Listen there, for one program at a time.")
@click.option("--vendor", default=DEFAULT, show_default=True, metavar="NAME", help="A modem's profile, or a file.")
@click.option(
    "--inbox", type=click.Path(path_type=Path), metavar="FILE", help="Messages that come, now and later."
)
@click.option("--imei", metavar="DIGITS", help="The modem's IMEI.")
@click.option("--pin", metavar="DIGITS", help="What the modem's SIM asks for.")
@click.option(
    "--card", metavar="IMAGE", help="A virtual card in the modem: AT+CSIM, AT+CCHO and the like reach it."
)
@click.option("--show-secrets", is_flag=True, help="Show numbers in full.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line, for programs.")
def command(
    link: Path | None,
    tcp: tuple[str, int] | None,
    vendor: str,
    inbox: Path | None,
    imei: str | None,
    pin: str | None,
    card: str | None,
    show_secrets: bool,
    as_json: bool,
) -> int:
    """Offer a virtual modem with an SMS network behind it, on a pseudo-terminal or a TCP port.

    What a program sends is printed, decoded. Messages come to the modem from --inbox, which is followed while it
    grows, and from standard input while the modem runs. An entry is a line: a number and a text ("+4412345 Hi"),
    the hex digits of a PDU, or a JSON object such as {"from": "+4412345", "text": "Hello"}, {"data": "0601AE",
    "port": 2948}, {"pdu": "0791..."}, {"fault": "reset"} or {"repair": true}. A YAML file holds a list of these.
    Numbers are masked. Ctrl-C ends it.
    """
    from hil.cli.modem.serving import Serving

    if link is not None and tcp is not None:
        raise UsageError("--link and --tcp exclude each other", hint="a modem has one line")
    if pin is not None and not (pin.isdecimal() and 4 <= len(pin) <= 8):
        raise UsageError("a PIN has 4 to 8 digits")
    if imei is not None and not (imei.isdecimal() and len(imei) == 15):
        raise UsageError("an IMEI has 15 digits")
    serving = Serving(
        vendor, tcp=tcp, inbox=inbox, pin=pin, imei=imei, card=card, show_secrets=show_secrets, as_json=as_json
    )
    ended = ends_on_signal()
    try:
        serving.start(link)
        while not ended.is_set():
            serving.step()
    finally:
        serving.close()
    return ExitCode.INTERRUPTED
