"""The bootstrap messages of a card image: made from its accounts, or as the image gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hil import fields
from hil.card.entry import AccountText, BootstrapEntry
from hil.card.image import CardImage, Faults
from hil.errors import UsageError
from simulator.codes import mime
from simulator.errors import SimulatorError

if TYPE_CHECKING:
    from simulator.objects.dmacc import Credential


def messages_of(image: CardImage) -> list[bytes]:
    """In the image's order, without its faults. Raises `UsageError` for an account that no message can hold."""
    return [message_of(entry) for entry in image.bootstrap]


def spoiled(message: bytes, number: int, faults: Faults) -> bytes:
    """The message, so-manieth of the card, as its faults have it. Raises `UsageError`."""
    if faults.source is not None:
        message = _with_source(message, faults.source)
    if faults.length_header:
        message = (len(message) & 0xFFFF).to_bytes(2, "big") + message
    if number in faults.malformed:
        message = message[: len(message) // 2].ljust(len(message), b"\xff")
    return message


def _with_source(message: bytes, source: str) -> bytes:
    from simulator.syncml import wbxml

    try:
        read = wbxml.decode(message)
        read.sync_hdr.source.loc_uri = source
        return wbxml.encode(read)
    except SimulatorError as error:
        raise UsageError(f"a bootstrap message of the card image has no Source to change: {error}") from error


def message_of(entry: BootstrapEntry) -> bytes:
    """Raises `UsageError` for an account that no message can hold."""
    if entry.account is not None:
        return _from_account(entry.account, mime.TNDS_WBXML)
    if entry.server is not None:
        return _from_server(entry.server)
    assert entry.message is not None, "an entry has one of the three"
    return entry.message


def xml_message_of(entry: BootstrapEntry) -> bytes:
    """The same in XML, which no device should take (DM Bootstrap §5.5.4). Raises `UsageError`."""
    from simulator.syncml import wbxml, xml

    inside_too = entry.account is not None
    message = _from_account(entry.account, mime.TNDS_XML) if entry.account is not None else message_of(entry)
    try:
        return xml.encode(wbxml.decode(message))
    except SimulatorError as error:
        hint = None if inside_too else "give it as an account: then all of it can be in XML"
        raise UsageError(f"the card image's bootstrap cannot be written in XML: {error}", hint=hint) from error


def _from_account(text: AccountText, tnds_mime: str) -> bytes:
    # Loaded here: the object and message codecs are not needed for an image that gives its messages in hex.
    from simulator.bootstrap.message import build
    from simulator.objects.dmacc import AccountData, Credential

    account = AccountData(
        server_id=text.server_id,
        addr=text.address,
        name=text.name,
        client=_credential(Credential, text.auth, text.client_name, text.client_secret, text.client_nonce),
        server=_credential(Credential, text.auth, text.server_name, text.server_secret, text.server_nonce),
        auth_pref=text.auth,
        http=Credential(text.http_auth, text.http_name, text.http_secret) if text.http_auth else None,
    )
    try:
        return build(account, tnds_mime=tnds_mime)
    except SimulatorError as error:
        raise UsageError(f"the card image's account makes no bootstrap message: {error}") from error


def _from_server(url: str) -> bytes:
    from simulator.bootstrap.message import build_configuration

    try:
        return build_configuration(url)
    except SimulatorError as error:
        raise UsageError(f"the card image's {url!r} makes no bootstrap message: {error}") from error


def _credential(make: type[Credential], auth: str, name: str, secret: str, nonce: str) -> Credential | None:
    if not (name or secret or nonce):
        return None
    return make(auth, name, secret, _nonce(nonce))


def _nonce(text: str) -> bytes:
    try:
        return fields.nonce(text)
    except ValueError as error:
        raise UsageError(f"the card image's nonce {text!r} is no base64") from error
