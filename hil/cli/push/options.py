"""Options that several push commands have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")

FORMS = ("hex", "binary", "submit", "deliver", "http", "http-direct")


def as_nonce(ctx: click.Context, parameter: click.Parameter, value: str | None) -> bytes:
    from hil.fields import nonce

    try:
        return nonce(value or "")
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def digest_options(function: F) -> F:
    """What a notification's digest is made of."""
    for option in (
        click.option("--name", help="The server's name in the digest (AAuthName) [its identifier]."),
        click.option(
            "--nonce",
            callback=as_nonce,
            metavar="BASE64",
            help="The account's nonce for the server, in base64 as in AAuthData, or hex: and its digits [none].",
        ),
        click.option(
            "--secret",
            envvar="DMRIG_SECRET",
            metavar="PASSWORD",
            help="The server's password in the account (AAuthSecret); also from DMRIG_SECRET, which no list of "
            "processes shows.",
        ),
    ):
        function = option(function)
    return function


def mac_options(function: F) -> F:
    """What the key of a bootstrap's MAC is made of."""
    imsi = click.option("--imsi", envvar="DMRIG_IMSI", metavar="DIGITS", help="The subscriber's; or DMRIG_IMSI.")
    pin = click.option("--pin", envvar="DMRIG_PIN", metavar="DIGITS", help="What the user was told; or DMRIG_PIN.")
    return imsi(pin(function))


def output_options(function: F) -> F:
    """In which form a push that was made is written; the values of `hil.cli.push.build.output.Output`."""
    port = click.IntRange(0, 65535)
    for option in (
        JSON,
        click.option(
            "--media",
            type=click.Choice(["compact", "general", "long", "text"]),
            default="compact",
            show_default=True,
            help="Which of its legal forms the content type has.",
        ),
        click.option("--tid", type=click.IntRange(0, 255), default=1, show_default=True, help="Transaction id."),
        click.option(
            "-H", "--header", "headers", multiple=True, metavar="NAME:VALUE", help="A further header of the push."
        ),
        click.option("--source-port", type=port, default=9200, show_default=True, help="Of SMS."),
        click.option("--port", type=port, default=2948, show_default=True, help="Of SMS: the port it goes to."),
        click.option("--wide-reference", is_flag=True, help="Of SMS: concatenation with a reference of 16 bits."),
        click.option(
            "--dcs",
            type=click.Choice(["04", "15", "F5"]),
            default="04",
            show_default=True,
            help="Of SMS: 8-bit data without a class, or of class 1.",
        ),
        click.option("--number", default="+15550100", show_default=True, help="Of SMS: to whom, or from whom."),
        click.option(
            "--as",
            "form",
            type=click.Choice(FORMS),
            default="hex",
            show_default=True,
            help="The WSP push in hex or binary, as UDP carries it too; PDUs of SMS-SUBMIT for AT+CMGS "
            "or of SMS-DELIVER, one a line; an HTTP request for a terminal that listens.",
        ),
    ):
        function = option(function)
    return function
