"""The bootstrap message: a DM message in WBXML that brings a DM account (DM Bootstrap §5.4).

It is applied as a whole or not at all, and never answered. Whoever hands it over has seen to its origin: a
smart card is trusted as such, other ways need SEC and MAC (DM Security §5.10).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from simulator.codes import mime
from simulator.errors import BootstrapError, CodecError, TreeError
from simulator.objects import bootstrapcfg, dmacc, inbox
from simulator.objects.dmacc import Account, AccountData
from simulator.session.commands import wire
from simulator.syncml import wbxml
from simulator.syncml.encoding import Encoding
from simulator.syncml.message import (
    Add,
    Alert,
    Atomic,
    Command,
    Item,
    Meta,
    Replace,
    Results,
    Sequence,
    Source,
    Status,
    SyncBody,
    SyncHdr,
    SyncML,
    Target,
    name_of,
)
from simulator.tnds import embedded
from simulator.tnds.document import MgmtTree, Node
from simulator.tree import Tree

FORMATS = {mime.TNDS_WBXML: "bin", mime.TNDS_XML: "xml"}
"""Meta/Format that goes with each serialisation."""


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """A bootstrap message that was read."""

    message: SyncML
    fingerprint: bytes
    """Of the message's octets without what pads a card's file: equal fingerprints, equal messages."""


@dataclass(slots=True)
class Applied:
    """What a bootstrap message did."""

    accounts: list[Account]
    """The accounts it brought."""
    replaced: list[Account] = field(default_factory=list)
    """Earlier accounts of the same servers, which had to go."""
    configurations: list[str] = field(default_factory=list)
    """The Bootstrap Config objects it brought, by URI."""


def build(account: AccountData, *, tnds_mime: str | None = mime.TNDS_WBXML, ver_proto: str = "DM/1.3") -> bytes:
    """A bootstrap message for one account, as it lies on a card.

    ``tnds_mime`` says how the account is serialised inside: `mime.TNDS_WBXML`, `mime.TNDS_XML`, or None for
    a document in place (tokens of code page 2 within the message).
    """
    return _message(dmacc.to_tnds(account), account.addr, tnds_mime, ver_proto)


def build_configuration(url: str, *, ver_proto: str = "DM/1.3") -> bytes:
    """A bootstrap message that brings no account, but the address of the server that has it (§6.3)."""
    return _message(bootstrapcfg.to_tnds(url), url, mime.TNDS_WBXML, ver_proto)


def _message(node: Node, source: str, tnds_mime: str | None, ver_proto: str) -> bytes:
    document = MgmtTree(nodes=[node])
    type_ = tnds_mime or mime.TNDS_WBXML
    data = document if tnds_mime is None else embedded.write(document, type_, Encoding.WBXML)
    item = Item(target=Target(inbox.URI), meta=Meta(format=FORMATS[type_], type=type_), data=data)
    header = SyncHdr("1.2", ver_proto, "1", "1", Target("."), Source(source))
    return wbxml.encode(SyncML(header, SyncBody([Add("1", items=[item])], final=True)))


def read(data: bytes) -> Bootstrap:
    """Read a message and pass over what follows it. Raises `BootstrapError`."""
    if data[:1].strip() in (b"<", b"\xef"):
        raise BootstrapError("the bootstrap message is XML; the standard has it in WBXML only (DM Bootstrap §5.4)")
    try:
        message, used = wbxml.decode_prefix(data)
    except CodecError as error:
        raise BootstrapError(f"the bootstrap message cannot be read: {error}", hint=error.hint) from error
    return Bootstrap(message, hashlib.sha256(data[:used]).digest())


def apply(tree: Tree, bootstrap: Bootstrap, *, from_card: bool = False) -> Applied:
    """Carry out the message's commands as the device itself: no ACL binds it.

    An account of a server that the device knows already is replaced. ``from_card``: Source/LocURI has to be an
    address of an account inside (DM Bootstrap §5.5.6); elsewhere the ServerID is met there too. A message may
    bring a Bootstrap Config object instead of an account: it says where the account is to be fetched (§6.3).

    Raises `BootstrapError`; the tree is then as it was.
    """
    items = list(_items(bootstrap.message.sync_body.commands))
    source = bootstrap.message.sync_hdr.source.loc_uri
    before, configured = dmacc.accounts(tree), set(bootstrapcfg.roots(tree))
    try:
        with tree.transaction() as transaction:
            replaced = _delete(tree, [account for account in before if _adds_in_place(items, account)])
            new = _carry_out(tree, items, [account for account in before if account not in replaced])
            same = [old for old in before if old.server_id in {account.server_id for account in new}]
            if same != replaced:
                # Known only now, when the names are taken: once more, without the accounts to be replaced.
                transaction.rollback()
                replaced = _delete(tree, same)
                new = _carry_out(tree, items, [account for account in before if account not in same])
            configurations = [uri for uri in bootstrapcfg.roots(tree) if uri not in configured]
            if new or not configurations:
                _check(tree, new, source, from_card=from_card)
            if len(before) > len(same):
                for account in new:
                    bootstrapcfg.grant(tree, account.server_id)
            return Applied(new, replaced, configurations)
    except (TreeError, CodecError) as error:
        raise BootstrapError(f"the bootstrap message cannot be applied: {error}", hint=error.hint) from error


def _items(commands: list[Command]) -> Iterator[tuple[Command, Item]]:
    """The Items to carry out. What only belongs to sessions is passed over."""
    for command in commands:
        match command:
            case Add() | Replace():
                yield from ((command, item) for item in command.items)
            case Atomic() | Sequence():
                yield from _items(command.commands)
            case Status() | Results() | Alert():
                pass
            case _:
                raise BootstrapError(
                    f"the bootstrap message has a command {name_of(command)}; it can only Add and Replace"
                )


def _adds_in_place(items: list[tuple[Command, Item]], account: Account) -> bool:
    """Whether plain Adds build this very account anew, where it stands."""
    place = (f"{account.uri}/ServerID", account.server_id)
    return any(
        isinstance(command, Add)
        and item.target is not None
        and isinstance(item.data, (str, bytes))
        and (
            item.target.loc_uri,
            item.data if isinstance(item.data, str) else item.data.decode("utf-8", "replace"),
        )
        == place
        for command, item in items
    )


def _delete(tree: Tree, accounts: list[Account]) -> list[Account]:
    for account in accounts:
        tree.delete(account.uri)
    return accounts


def _carry_out(tree: Tree, items: list[tuple[Command, Item]], known: list[Account]) -> list[Account]:
    """Returns the accounts that were not there before."""
    for command, item in items:
        _carry_out_item(tree, command, item)
    there_before = {account.uri for account in known}
    return [account for account in dmacc.accounts(tree) if account.uri not in there_before]


def _carry_out_item(tree: Tree, command: Command, item: Item) -> None:
    assert isinstance(command, (Add, Replace))
    uri, meta = wire.target(item), wire.meta(command.meta, item.meta)
    document = wire.document(item.data, meta)
    if document is not None and isinstance(command, Add):
        tree.add_tnds(uri, document, ignore_unsupported=True)
    elif document is not None:
        tree.replace_tnds(uri, document)
    else:
        value = wire.value(item.data, meta)
        change = tree.add if isinstance(command, Add) else tree.replace
        change(uri, value=value, format=meta.format, type=meta.type)


def _check(tree: Tree, accounts: list[Account], source: str, *, from_card: bool) -> None:
    if not accounts:
        raise BootstrapError("the bootstrap message brings no DM account that this device knows")
    for account in accounts:
        for name, text in (("ServerID", account.server_id), ("Addr", account.addr)):
            if not text:
                raise BootstrapError(f"the account that the bootstrap message brings has no {name}")
    names = {address for account in accounts for address in _addresses(tree, account)}
    if not from_card:
        names |= {account.server_id for account in accounts}
    if source not in names:
        raise BootstrapError(
            f"the bootstrap message's Source is {source!r}; expected an AppAddr/Addr of its account, "
            f"{' or '.join(sorted(map(repr, names)))} (DM Bootstrap §5.5.6)"
        )


def _addresses(tree: Tree, account: Account) -> Iterator[str]:
    top = f"{account.uri}/AppAddr"
    for name in tree.get(top).children if tree.exists(top) else ():
        address = tree.value(f"{top}/{name}/Addr")
        if isinstance(address, str):
            yield address
