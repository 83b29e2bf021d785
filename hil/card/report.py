"""What a card says, as plain data for people and programs: identities, and the DM accounts it brings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hil.card.dialogue import run
from hil.card.reader import Reader
from hil.trace.record import Json
from simulator.bootstrap import message
from simulator.bootstrap.card import read_bootstrap
from simulator.bootstrap.pin import Ask
from simulator.errors import BootstrapError
from simulator.objects import dmacc, standard
from simulator.objects.devinfo import DevInfo
from simulator.tree import Tree

SHOWN = 4
"""Digits at the end of an identity that are shown to anybody."""

HIDDEN = "•••"


@dataclass(frozen=True, slots=True)
class MessageReport:
    """One bootstrap message of a card."""

    size: int
    accounts: list[dict[str, str]]
    refused: str | None = None
    """Why a device would not take it."""


@dataclass(frozen=True, slots=True)
class CardReport:
    reader: str
    atr: bytes
    iccid: str | None
    imsi: str | None
    messages: list[MessageReport] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def to_json(self, *, show_secrets: bool = False) -> dict[str, Json]:
        return {
            "reader": self.reader,
            "atr": self.atr.hex().upper(),
            "iccid": identity(self.iccid, show_secrets),
            "imsi": identity(self.imsi, show_secrets),
            "bootstrap": [
                {
                    "size": each.size,
                    "refused": each.refused,
                    "accounts": [dict(shown(account, show_secrets)) for account in each.accounts],
                }
                for each in self.messages
            ],
            "notes": list(self.notes),
        }


def read_card(reader: Reader, ask: Ask | None = None) -> CardReport:
    """Connect, read identities and bootstrap messages, and let go. Raises `PartError` and `CardError`.

    ``ask`` is asked for a PIN when a file wants one.
    """
    atr = reader.connect()
    try:
        found = run(read_bootstrap(ask), reader)
    finally:
        reader.disconnect()
    messages = [_message_report(octets) for octets in found.messages]
    return CardReport(reader.name, atr, found.iccid, found.imsi, messages, found.notes)


def identity(digits: str | None, show_secrets: bool) -> str | None:
    if digits is None or show_secrets:
        return digits
    return HIDDEN + digits[-SHOWN:]


def shown(account: Mapping[str, str], show_secrets: bool) -> dict[str, str]:
    """An account's fields, secrets hidden; what is empty is left out."""
    return {
        name: HIDDEN if name in _SECRETS and not show_secrets else value
        for name, value in account.items()
        if value
    }


_SECRETS = frozenset({"client secret", "client nonce", "server secret", "server nonce"})


def _message_report(octets: bytes) -> MessageReport:
    # What a message brings shows when it is applied; a device fresh from the factory takes it.
    tree = Tree(standard.model(DevInfo("IMEI:004999010640000", "dmrig", "dmrig")))
    try:
        applied = message.apply(tree, message.read(octets), from_card=True)
    except BootstrapError as error:
        return MessageReport(len(octets), [], str(error))
    return MessageReport(len(octets), [_account(account) for account in applied.accounts])


def _account(account: dmacc.Account) -> dict[str, str]:
    fields = {
        "server": account.server_id,
        "name": account.name,
        "address": account.addr,
        "port": "" if account.port is None else str(account.port),
        "authentication": account.auth_pref,
    }
    for side, credential in (("client", account.client), ("server", account.server)):
        if credential is not None:
            fields |= {
                f"{side} type": credential.type,
                f"{side} name": credential.name,
                f"{side} secret": credential.secret,
                f"{side} nonce": credential.nonce.hex(),
            }
    return fields
