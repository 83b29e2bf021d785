"""What tests of sessions stand on: a tree with an account, a session, and what is to be seen of them."""

from __future__ import annotations

import random as randoms
from typing import Any

from simulator.codes.alert import AlertCode
from simulator.objects import dmacc, standard
from simulator.objects.devinfo import DevInfo
from simulator.objects.dmacc import AccountData, Credential
from simulator.session.client import ClientSession
from simulator.session.events import Ended, Event, Noted, Send
from simulator.session.settings import SessionSettings
from simulator.syncml.message import Add, Data, Get, Item, Meta, Replace, Target
from simulator.tnds.document import MgmtTree
from simulator.tree import Tree
from tests.unit.scripted_server import CLIENT, DEV_ID, SERVER, SERVER_ID, URL

ACCOUNT = AccountData(
    server_id=SERVER_ID,
    addr=URL,
    client=Credential("DIGEST", *CLIENT, b"client-1"),
    server=Credential("DIGEST", *SERVER, b"server-1"),
)


def a_tree(account: AccountData = ACCOUNT) -> Tree:
    tree = Tree(standard.model(DevInfo(DEV_ID, "dmrig", "generic", "1.3", "en-US")))
    tree.add_tnds("./Inbox", MgmtTree(nodes=[dmacc.to_tnds(account)]))
    tree.add("./Shop", format="node")
    tree.set_acl("./Shop", f"Add={SERVER_ID}&Get={SERVER_ID}&Replace={SERVER_ID}&Delete={SERVER_ID}")
    return tree


def a_session(
    tree: Tree,
    *,
    settings: SessionSettings | None = None,
    alert: AlertCode = AlertCode.CLIENT_INITIATED_MGMT,
    session_id: str = "1",
    **more: Any,
) -> ClientSession:
    account = dmacc.find(tree, SERVER_ID)
    assert account is not None
    source = randoms.Random(7)
    return ClientSession(
        tree, account, session_id=session_id, alert=alert, random=source.randbytes, settings=settings, **more
    )


def get(uri: str) -> Get:
    return Get("", items=[Item(target=Target(uri))])


def add(uri: str, data: Data | None, **meta: str) -> Add:
    return Add("", items=[Item(target=Target(uri), meta=Meta(**meta) if meta else None, data=data)])


def replace(uri: str, data: Data | None, **meta: str) -> Replace:
    return Replace("", items=[Item(target=Target(uri), meta=Meta(**meta) if meta else None, data=data)])


def ended(events: list[Event]) -> Ended:
    assert isinstance(events[-1], Ended)
    assert sum(isinstance(event, Ended) for event in events) == 1
    return events[-1]


def sent(events: list[Event]) -> Send:
    assert isinstance(events[-1], Send)
    return events[-1]


def noted(events: list[Event]) -> list[str]:
    return [str(event) for event in events if isinstance(event, Noted)]


def content(tree: Tree) -> dict[str, object]:
    """Everything in the tree, nonces among it."""
    return {view.uri: (view.value, view.acl) for view in tree.walk(".")}


def nonces(tree: Tree) -> tuple[bytes, bytes]:
    account = dmacc.find(tree, SERVER_ID)
    assert account is not None
    assert account.client is not None
    assert account.server is not None
    return account.client.nonce, account.server.nonce
