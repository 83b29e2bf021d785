"""The bootstrap message of a scenario's account, for the ways on which a server sends it: push and HTTPS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from hil.account import Account

if TYPE_CHECKING:
    from simulator.objects.dmacc import AccountData

Serialised = Literal["wbxml", "xml", "in place"]
"""How a TNDS document lies in a WBXML message; ``in place``: as tokens of the message's own second code page."""


def account_data(account: Account, addr: str) -> AccountData:
    """The account as it will stand in a device's tree; ``addr`` is the server's URL."""
    # Loaded here: the objects are not needed by whoever only reads a scenario.
    from simulator.objects.dmacc import AccountData, Credential

    return AccountData(
        server_id=account.server_id,
        addr=addr,
        name="Operator",
        client=Credential(account.auth, account.client_name, account.client_secret, account.client_nonce),
        server=Credential(account.auth, account.server_name, account.server_secret, account.server_nonce),
        auth_pref=account.auth,
        http=Credential(account.http_auth, account.http_name, account.http_secret) if account.http_auth else None,
    )


def message(account: Account, addr: str, serialised: Serialised = "wbxml") -> bytes:
    """The bootstrap message that brings the account, in WBXML; inside, the account's TNDS is ``serialised``."""
    from simulator.bootstrap.message import build
    from simulator.codes import mime

    types = {"wbxml": mime.TNDS_WBXML, "xml": mime.TNDS_XML, "in place": None}
    return build(account_data(account, addr), tnds_mime=types[serialised])


def xml_message(account: Account, addr: str) -> bytes:
    """The same in XML, which no device should take (DM Bootstrap §5.4)."""
    from simulator.syncml import wbxml, xml

    return xml.encode(wbxml.decode(message(account, addr, "xml")))
