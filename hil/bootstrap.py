"""The bootstrap message of a scenario's account, for the ways on which a server sends it: push and HTTPS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hil.account import Account

if TYPE_CHECKING:
    from simulator.objects.dmacc import AccountData


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


def message(account: Account, addr: str) -> bytes:
    """The bootstrap message that brings the account, in WBXML."""
    from simulator.bootstrap.message import build

    return build(account_data(account, addr))


def xml_message(account: Account, addr: str) -> bytes:
    """The same in XML, which no device should take (DM Bootstrap §5.4)."""
    from simulator.bootstrap.message import build
    from simulator.codes import mime
    from simulator.syncml import wbxml, xml

    return xml.encode(wbxml.decode(build(account_data(account, addr), tnds_mime=mime.TNDS_XML)))
