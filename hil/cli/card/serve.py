"""``dmrig card serve``: a virtual card for any PC/SC program."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from hil.cli.card.options import ADDRESSES
from hil.cli.ending import ends_on_signal
from hil.cli.help import examples
from hil.errors import ExitCode, PartBroke, PartMissing, UsageError

if TYPE_CHECKING:
    from hil.card.uicc.card import Uicc
    from hil.trace.mask import Masker


@click.command(
    "serve",
    epilog=examples(
        "dmrig card serve operator-sim",
        "dmrig card serve my-sim.yaml --vpcd 127.0.0.1:35963 -v",
        "opensc-tool -s 00A4000C022FE2 -s 00B000000A   # any program of PC/SC, meanwhile",
    ),
)
@click.argument("image")
@click.option("--vpcd", metavar="HOST:PORT", default="127.0.0.1:35963", show_default=True,
              help="Where the virtual reader of pcscd listens.")  # fmt: skip
@click.option("-v", "--verbose", is_flag=True, help="Show every command and answer, decoded.")
@click.option("--show-secrets", is_flag=True, help="With -v: show secrets too.")
def command(image: str, vpcd: str, verbose: bool, show_secrets: bool) -> int:
    """Put a virtual card made of IMAGE into pcscd's virtual reader (vsmartcard's vpcd), until Ctrl-C.

    Any program that speaks PC/SC sees it there, such as OpenSC's tools or a DM client with a card reader.

    Exit code 3 when no virtual reader listens there, or it goes away.
    """
    from hil.account import Account
    from hil.card import install
    from hil.card.image import load_image
    from hil.card.uicc.build import build
    from hil.card.vpcd import VpcdCard
    from hil.tls.run import RunCertificates
    from hil.trace.mask import Masker

    host, port = _address(vpcd)
    filled = load_image(image).substituted(Account().variables() | ADDRESSES)
    masker = Masker(show_all=show_secrets)
    for secret in filled.secrets():
        masker.add(secret)
    certificates = RunCertificates()
    try:
        card = build(filled, certificates)
        try:
            served = VpcdCard(HeardCard(card, masker) if verbose else card, host, port)
        except PartMissing as error:
            hint = install.vpcd_hint(host, port, f"name it: --vpcd {host}:...")
            raise PartMissing(str(error), hint=hint) from None
        ended = ends_on_signal()
        click.echo(f"{image} is in the virtual reader at {host}:{port} (Ctrl-C pulls it out)")
        sys.stdout.flush()
        try:
            while not ended.wait(0.2):
                if not served.serving:
                    raise PartBroke(
                        f"the virtual reader at {host}:{port} let go of the card",
                        hint="has pcscd ended, or was another card put in? Start this command again",
                    )
        finally:
            served.close()
    finally:
        certificates.close()
    return ExitCode.INTERRUPTED


class HeardCard:
    """A card whose exchanges are printed (`hil.card.vpcd.Card`)."""

    def __init__(self, card: Uicc, masker: Masker) -> None:
        from hil.card.names import Narrator

        self._card = card
        self._masker = masker
        self._narrator = Narrator()

    @property
    def atr(self) -> bytes:
        return self._card.atr

    def reset(self) -> bytes:
        click.echo("power or reset")
        return self._card.reset()

    def process(self, apdu: bytes) -> bytes:
        from hil.card.recording import Exchanged
        from hil.card.show import told

        answer = self._card.process(apdu)
        for line in told(Exchanged(apdu, answer), self._narrator, self._masker):
            click.echo(line)
        sys.stdout.flush()
        return answer


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise UsageError(f"{text!r} is no address of a virtual reader", hint="such as 127.0.0.1:35963")
    return host.strip("[]") or "127.0.0.1", int(port)
