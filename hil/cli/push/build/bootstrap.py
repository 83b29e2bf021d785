"""``dmrig push build bootstrap``: a bootstrap message with the MAC that proves whom it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hil.cli.help import examples
from hil.cli.push.build.output import Output, contents
from hil.cli.push.options import mac_options, output_options
from hil.cli.standards import standards_option

if TYPE_CHECKING:
    from simulator.push.headers import Field


@click.command(
    "bootstrap",
    epilog=examples(
        "dmrig push build bootstrap message.wbxml --imsi 001010123456789",
        "dmrig push build bootstrap message.wbxml --sec USERPIN --pin 1234 --as submit --number +441234567890",
        "dmrig push build bootstrap message.wbxml --sec none",
    ),
)
@click.argument("file", metavar="FILE|-")
@click.option(
    "--sec",
    type=click.Choice(["NETWORKID", "USERPIN", "USERPIN_NETWORKID", "none"]),
    default="NETWORKID",
    show_default=True,
    help="What the key of the MAC is made of; none: no SEC and no MAC.",
)
@click.option(
    "--hash", "hash_name", type=click.Choice(["sha1", "sha256"]), help="Of the MAC [the standards file's]."
)
@mac_options
@standards_option
@output_options
def command(file: str, sec: str, hash_name: str | None, imsi: str | None, pin: str | None, **output: Any) -> None:
    """Make a push of a bootstrap message in WBXML, FILE, with SEC and MAC (DM Security §5.7.2)."""
    from hil.standards import current
    from simulator.bootstrap import mac
    from simulator.codes import mime
    from simulator.push.wsp import dm_push

    body = contents(file)
    parameters: list[Field] = []
    if sec != "none":
        facts, method = current().bootstrap, mac.Method(sec)
        hash_ = mac.Hash(hash_name) if hash_name else facts.mac_hash
        parameters = [
            ("SEC", int(mac.CODES[method])),
            ("MAC", mac.compute(method, mac.Secrets(imsi, pin, facts.network_id), body, hash_)),
        ]
    Output(**output).write(dm_push(mime.DM_WBXML, body, parameters=parameters))
