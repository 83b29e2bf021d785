"""``dmrig modem info``: what a modem tells of itself."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from hil.cli.help import examples
from hil.cli.modem.options import JSON, PORT, SPEED

if TYPE_CHECKING:
    from hil.modem.about import About


@click.command(
    "info",
    epilog=examples(
        "dmrig modem info /dev/ttyUSB2",
        'dmrig modem info "*Quectel*" --show-secrets',
        "dmrig modem info /dev/ttyUSB2 --json | jq .registration",
    ),
)
@PORT
@SPEED
@click.option("--show-secrets", is_flag=True, help="Show IMEI, IMSI and ICCID in full.")
@JSON
def command(port: str, speed: int, show_secrets: bool, as_json: bool) -> None:
    """Show what a modem tells of itself: identity, SIM, network, messages, and what it can do.

    Nothing is changed but how errors are told (AT+CMEE=1): no PIN is entered, and no message read.

    Exit code 3 when nothing answers on the port.
    """
    from datetime import UTC, datetime

    from hil.modem.about import about
    from hil.modem.conversation import Conversation
    from hil.modem.link import AtLink
    from hil.modem.ports import find
    from hil.modem.serial import SerialLine
    from hil.trace.recorder import Recorder

    line = SerialLine(find(port), speed)
    try:
        talk = Conversation(AtLink(line, Recorder(lambda: datetime.now(UTC)), "modem"))
        found = talk.run(about(line.name))
    finally:
        line.close()
    if not show_secrets:
        _mask(found)
    if as_json:
        click.echo(json.dumps({"port": line.name, **_to_json(found)}, indent=2, ensure_ascii=False))
    else:
        _print(line.name, found)


def _mask(found: About) -> None:
    from hil.trace.structure import last_digits

    found.imsi, found.iccid = (last_digits(each) if each else "" for each in (found.imsi, found.iccid))
    if "imei" in found.identity:
        found.identity["imei"] = last_digits(found.identity["imei"])


def _to_json(found: About) -> dict[str, object]:
    states = {each.domain: {**asdict(each), "words": str(each)} for each in found.registration}
    storage = {name: {"used": used, "places": places} for name, (used, places) in found.storage.items()}
    return {**asdict(found), "registration": states, "storage": storage}


def _print(port: str, found: About) -> None:
    rows = [("port", port), *found.identity.items(), ("quirks of", found.family)]
    left = "" if found.pin_attempts is None else f" ({found.pin_attempts} attempts at its PIN left)"
    rows += [("SIM", f"{found.sim}{left}"), ("ICCID", found.iccid), ("IMSI", found.imsi)]
    rows += [(each.domain, str(each)) for each in found.registration]
    rows += [("operator", found.operator), ("signal", found.signal_words), ("SMSC", found.smsc)]
    rows += [(f"memory {name}", f"{used} of {places} used") for name, (used, places) in found.storage.items()]
    rows += [("+CNMI takes", found.indications), ("can", ", ".join(found.features))]
    names = {"imei": "IMEI"}
    for name, value in rows:
        click.echo(f"{click.style(f'{names.get(name, name):<14}', bold=True)}{value or 'unknown'}")
