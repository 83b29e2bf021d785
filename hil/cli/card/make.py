"""``dmrig card make``: an image from an account."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hil.cli.help import examples

if TYPE_CHECKING:
    from hil.card.image import CardImage
    from hil.card.imagetext import Node

F = TypeVar("F", bound=Callable[..., Any])

ACCOUNT = {
    "server_id": "The server's identifier (ServerID).",
    "address": "Its URL.",
    "name": "What the account is called.",
    "auth": "How both prove themselves: DIGEST (the usual one), BASIC, HMAC or TRANSPORT.",
    "client_name": "The device's name at the server.",
    "client_secret": "Its secret.",
    "client_nonce": "Its first nonce, in base64.",
    "server_name": "The server's name at the device.",
    "server_secret": "Its secret.",
    "server_nonce": "Its first nonce, in base64.",
    "http_auth": "HTTP-BASIC or HTTP-DIGEST: credentials for HTTP as well.",
    "http_name": "The name in these.",
    "http_secret": "The secret in these.",
}
"""Words of an account that are options, too: other people on this machine can see what is on a command line."""


def account_options(command: F) -> F:
    for name, text in reversed(ACCOUNT.items()):
        command = click.option(f"--{name.replace('_', '-')}", name, metavar="TEXT", help=text)(command)
    return command


@click.command(
    "make",
    epilog=examples(
        "dmrig card make --account my-account.yaml card.yaml",
        "dmrig card make --server-id dm.example.com --address https://dm.example.com/dm card.yaml",
        "dmrig card make --account my-account.yaml --layout shape=oid --layout read=pin --pin 1234 card.yaml",
        "dmrig card make --account my-account.yaml --base my-sim.yaml card.yaml",
        "dmrig card read --image card.yaml",
    ),
)
@click.option("--account", metavar="FILE", help="A YAML file with the account; options below stand over it.")
@account_options
@click.option("--iccid", metavar="DIGITS", help="The card's number.")
@click.option("--imsi", metavar="DIGITS", help="The subscriber's number.")
@click.option("--pin", metavar="DIGITS", help="The card's PIN, enabled.")
@click.option(
    "--layout", multiple=True, metavar="NAME=VALUE", help="A word of the image's layout; may be repeated."
)
@click.option("--base", metavar="IMAGE", help="An image that the bootstrap is put on top of, such as a dump.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def command(
    file: Path,
    account: str | None,
    base: str | None,
    layout: tuple[str, ...],
    force: bool,
    **words: str | None,
) -> None:
    """Make a card image, FILE, that brings a device one DM account.

    The account is a YAML file, or options, or both. The image serves scenarios (card.insert) and the other card
    commands. docs/card-images.md says what more can be in an image, and what words a layout has.
    """
    from hil.card import secretfile
    from hil.card.imagetext import text

    secretfile.check(file, force=force)
    given = {name: value for name, value in words.items() if value is not None}
    document: Node = {"about": "A card with one DM account, made by dmrig card make."}
    if base is not None:
        document |= _document_of(base)
    document |= {name: given.pop(name) for name in ("iccid", "imsi", "pin") if name in given}
    document["bootstrap"] = {"account": _account(account, given)}
    if layout:
        document["layout"] = {**document.get("layout", {}), **dict(map(_assigned, layout))}
    image = _checked(document)
    secretfile.write(file, text(document, "A card image with an account's secrets in it."), force=force)
    size = _size(image)
    click.echo(f"{file}: {size}. The account's secrets are in it: only you can read it (mode 0600).")


def _account(file: str | None, given: dict[str, str]) -> Node:
    """The account's words, of the file and of the options."""
    from hil import yamlfile
    from hil.errors import InvalidFile, UsageError

    document: Node = {}
    if file is not None:
        read = yamlfile.read(Path(file))
        if not isinstance(read.value, dict):
            raise UsageError(f"{file}: an account's words (server_id, address, ...) are expected")
        if read.flaws:
            raise InvalidFile(read.flaws)
        document = {name: value for name, value in read.value.items() if value is not None}
    document |= given
    missing = [name for name in ("server_id", "address") if not document.get(name)]
    if missing:
        raise UsageError(
            f"the account has no {' and no '.join(missing)}",
            hint="give it in the --account file, or as "
            + ", ".join(f"--{name.replace('_', '-')}" for name in missing),
        )
    _check_address(document["address"])
    return document


def _check_address(address: object) -> None:
    """A device could do nothing with another one. Raises `UsageError`."""
    from urllib.parse import urlsplit

    from hil.errors import UsageError

    said = str(address)
    if said.startswith("${"):
        return  # a variable of the image's, such as ${server.url}
    try:
        parts = urlsplit(said)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        raise UsageError(f"the address {said!r} is no URL of a server", hint="such as https://dm.example.com/dm")


def _assigned(text: str) -> tuple[str, str]:
    from hil.errors import UsageError

    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"--layout {text!r}: NAME=VALUE is expected, such as shape=oid")
    return name.strip(), value.strip()


def _document_of(name: str) -> Node:
    from hil.card.image import load_image
    from hil.card.imagetext import document_of

    return document_of(load_image(name))


def _checked(document: Node) -> CardImage:
    """The image, of which a card can be made unless variables are open. Raises `UsageError`."""
    from pydantic import ValidationError

    from hil.card.image import CardImage
    from hil.card.imagetext import plain
    from hil.card.uicc.build import build
    from hil.errors import UsageError
    from hil.nearest import nearest
    from hil.yamlwords import sentence

    try:
        image = CardImage.model_validate(plain(document))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            from hil.card.image import Layout

            word = str(first["loc"][-1])
            words = list(Layout.model_fields if "layout" in first["loc"] else ACCOUNT)
            meant = nearest(word, words)
            raise UsageError(
                f"{word!r} is no word of {'a layout' if 'layout' in first['loc'] else 'an account'}",
                hint=f"did you mean {meant!r}?" if meant else f"there are: {', '.join(words)}",
            ) from error
        raise UsageError(f"{place}: {sentence(first)}") from error
    if "${" not in str(plain(document)):
        build(image)
    return image


def _size(image: CardImage) -> str:
    from hil.card.message import messages_of

    entry = image.bootstrap[0].account
    if entry is not None and "${" in str(entry):
        return "an account with variables"
    return f"a bootstrap message of {sum(map(len, messages_of(image)))} bytes"
