"""``dmrig push build notification``: package 0."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from hil.cli.help import examples
from hil.cli.push.build.output import Output
from hil.cli.push.options import digest_options, output_options
from hil.cli.standards import standards_option
from hil.errors import UsageError

UI_MODES = ("not-specified", "background", "informative", "user-interaction")


def as_number(text: str) -> int:
    """Decimal, or hex with 0x."""
    try:
        number = int(text, 0)
    except ValueError:
        number = -1
    if not 0 <= number <= 0xFFFF:
        raise click.BadParameter(f"{text!r} is no number from 0 to 0xFFFF")
    return number


def one(ctx: click.Context, parameter: click.Parameter, value: str) -> int:
    return as_number(value)


def several(ctx: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(map(as_number, values))


@click.command(
    "notification",
    epilog=examples(
        "dmrig push build notification --server dm.example.com --secret s3cret --nonce Zmlyc3Q=",
        "dmrig push build notification --secret s3cret --session 0xA7 --timeout-days 7 --requested-mo 0x27",
        "dmrig push build notification --secret s3cret --format 1.2 --as submit --number +441234567890",
        "dmrig push build notification --secret s3cret | dmrig push decode - --secret s3cret",
    ),
)
@click.option("--server", default="dm.example.com", show_default=True, help="The server identifier.")
@click.option("--session", callback=one, default="1", metavar="NUMBER", show_default=True, help="Its id.")
@click.option("--format", "version", type=click.Choice(["1.3", "1.2"]), default="1.3", show_default=True)
@click.option("--ui-mode", type=click.Choice(UI_MODES), default="background", show_default=True)
@click.option("--initiator", type=click.Choice(["server", "client"]), default="server", show_default=True)
@click.option("--timeout-days", type=click.IntRange(1, 255), help="Of DM 1.3: when it has to be ignored [never].")
@click.option(
    "--hash", "hash_name", type=click.Choice(["md5", "sha256", "none"]), help="Of DM 1.3's digest [md5]."
)
@click.option(
    "--requested-mo", callback=several, multiple=True, metavar="NUMBER", help="Of DM 1.3: an object by its number."
)
@click.option("--targeted-mo", callback=several, multiple=True, metavar="NUMBER", help="The same.")
@click.option("--reason", help="Of DM 1.3: Connect-Reason.")
@click.option("--vendor", default="", metavar="HEX", help="Vendor-specific octets.")
@click.option("--media-type", help="Another content type than the format's.")
@digest_options
@standards_option
@output_options
def command(
    server: str,
    session: int,
    version: str,
    ui_mode: str,
    initiator: str,
    timeout_days: int | None,
    hash_name: str | None,
    requested_mo: tuple[int, ...],
    targeted_mo: tuple[int, ...],
    reason: str | None,
    vendor: str,
    media_type: str | None,
    secret: str | None,
    nonce: bytes,
    name: str | None,
    **output: Any,
) -> None:
    """Make a notification with its digest.

    The digest is made of the server's identifier and password and of the nonce, as the device's account has them
    (AAuthName, AAuthSecret and AAuthData of SRVCRED). DM 1.3's time stamp is now.
    """
    from hil.standards import current
    from simulator.notification import message as notifications
    from simulator.notification import options
    from simulator.notification.message import Format, Initiator, Notification, UIMode
    from simulator.push.wsp import dm_push

    if secret is None:
        raise UsageError("a digest needs the server's password", hint="--secret PASSWORD, or DMRIG_SECRET")
    try:
        vendor_octets = bytes.fromhex(vendor)
    except ValueError:
        raise UsageError(f"--vendor is octets in hex, not {vendor!r}") from None
    notification = Notification(
        server,
        session,
        UIMode[ui_mode.upper().replace("-", "_")],
        Initiator[initiator.upper()],
        Format(version),
    )
    if notification.format is Format.DM_1_3:
        notification.timestamp = datetime.now(UTC).replace(microsecond=0)
        notification.timeout_days = timeout_days
        notification.hash_name = (
            current().hash_name if hash_name is None else None if hash_name == "none" else hash_name
        )
        notification.options += [options.uint(options.TARGETED_MO, each) for each in targeted_mo]
        notification.options += [options.uint(options.REQUESTED_MO, each) for each in requested_mo]
        notification.options += [options.text(options.CONNECT_REASON, reason)] if reason else []
        notification.options += [notifications.Option(options.VENDOR_INFO, vendor_octets)] if vendor_octets else []
    elif timeout_days or requested_mo or targeted_mo or reason or hash_name:
        raise UsageError("a notification of DM 1.2 has no options, no time-out and no other hash than MD5")
    else:
        notification.vendor = vendor_octets
    body = notifications.encode(notification, secret, nonce, name=name, layout=current().layout)
    Output(**output).write(dm_push(media_type or notifications.media_type(notification), body))
