"""What a device at rest costs in memory, beside the plainest tree that holds the same.

    python benchmarks/memory.py

Each device is a whole `Device` over a model of 60 nodes that all of them share: it has had a session with a server
that proved itself and was proved to by digests, so that what it has of its own is its identity, both nonces, the
stamps of what changed, and whatever else the session left. Beside it stand the same 60 nodes as objects with
slots. Bytes are those that Python's allocators handed out (tracemalloc), of which there is only one answer: no
other work on the machine disturbs them.
"""

from __future__ import annotations

import gc
import random
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from common.report import heading, note, number, row

from hil.server.commands import commands
from hil.server.engine import DmServer
from hil.server.settings import ANY_DEVICE, Credentials, DeviceAccount, ServerSettings
from hil.server.store import MemoryStore
from simulator.codes.alert import AlertCode
from simulator.device import Device, SessionDue
from simulator.notification import message as notifications
from simulator.notification.message import Notification, UIMode
from simulator.objects import dmacc, standard
from simulator.objects.devinfo import DevInfo
from simulator.objects.dmacc import AccountData, Credential
from simulator.session.events import Ended, Outcome, Send
from simulator.tnds.document import MgmtTree
from simulator.tree import Model, Tree
from simulator.tree.description import Description

SERVER = "srv.example"
URL = "https://srv.example/dm"
SERVER_SECRET = "server's secret"
CLIENT_NONCE, SERVER_NONCE = b"nonce of the client", b"nonce of the server"
NODES = 60
DEVICES = 300
START = datetime(2031, 1, 1, tzinfo=UTC)
RANDOM = random.Random(1).randbytes


@dataclass(slots=True)
class Slotted:
    """The plainest tree of one's own: an object a node, a dict an interior node. All that a node is."""

    name: str
    format: str
    type: str
    title: str | None
    value: object
    acl: object
    tstamp: datetime | None
    ver_no: int
    description: Description
    children: dict[str, Slotted] | None = None


def model() -> Model:
    tree = Tree(standard.model(DevInfo("IMEI:000000000000000", "Maker", "Model")))
    account = AccountData(
        SERVER,
        URL,
        "Server",
        Credential("DIGEST", "name", "secret", CLIENT_NONCE),
        Credential("DIGEST", SERVER, SERVER_SECRET, SERVER_NONCE),
        "DIGEST",
    )
    tree.add_tnds("./Inbox", MgmtTree(nodes=[dmacc.to_tnds(account)]))
    for index in range(NODES - tree.store.count - 1):
        tree.add(f"./Vendor/Setting{index}", value=f"value {index}")
    return tree.model


def made(shared: Model, index: int) -> Device:
    """A device that has an identity of its own and nothing else yet."""
    device = Device(shared, random=RANDOM)
    device.tree.replace("./DevInfo/DevId", f"IMEI:{index:015}")
    return device


def after_session(shared: Model, index: int) -> Device:
    """It opened one session of its own accord."""
    device = made(shared, index)
    hold(device, SessionDue(SERVER, AlertCode.CLIENT_INITIATED_MGMT), START + timedelta(seconds=index))
    return device


def after_notification(shared: Model, index: int) -> Device:
    """A notification woke it for its session."""
    device, now = made(shared, index), START + timedelta(seconds=index)
    notification = Notification(SERVER, index % 0xFFFF, UIMode.BACKGROUND, timestamp=now)
    push = notifications.encode(notification, SERVER_SECRET, SERVER_NONCE)
    (due,) = device.receive_push(notifications.media_type(notification), None, push, now)
    assert isinstance(due, SessionDue), due
    hold(device, due, now)
    return device


def hold(device: Device, due: SessionDue, now: datetime) -> None:
    """A session in which each side proves itself to the other, gets a new nonce, and the server reads a node."""
    account = DeviceAccount(
        client=Credentials("name", "secret", nonce=CLIENT_NONCE),
        server=Credentials(SERVER, SERVER_SECRET, nonce=SERVER_NONCE),
    )
    server = DmServer(ServerSettings(), MemoryStore({ANY_DEVICE: account}), random=RANDOM)
    server.queue(commands({"get": "./DevInfo/Man"}))
    session = device.open_session(due.server_id, alert=due.alert, session_id=due.session_id, now=now)
    events = session.start(now)
    while isinstance(last := events[-1], Send):
        reply = server.receive(last.body, last.headers["Content-Type"], now, last.headers)
        events = session.receive(reply.status, reply.content_type, reply.body, now, reply.headers)
    assert isinstance(last, Ended)
    assert last.outcome is Outcome.COMPLETED, last
    account_now = dmacc.find(device.tree, SERVER)
    assert account_now is not None
    assert account_now.client is not None
    assert account_now.server is not None
    assert account_now.client.nonce != CLIENT_NONCE
    assert account_now.server.nonce != SERVER_NONCE


def slotted(tree: Tree, uri: str = ".", name: str = "") -> Slotted:
    """The tree of a device as objects. What devices share (texts, descriptions) these share too."""
    node = tree.node(uri)
    kind = node.kind
    acl = tree.store.acls.get(uri)
    below = None
    if node.children is not None:
        below = {child: slotted(tree, f"{uri}/{child}", child) for child in node.children}
    return Slotted(
        name,
        kind.format,
        kind.type,
        kind.title,
        node.value,
        acl,
        node.tstamp,
        node.ver_no,
        kind.description,
        below,
    )


def each(make: Callable[[int], object]) -> float:
    """Bytes of one, of many."""
    for index in range(3):
        make(index)  # what is made once and kept is not a device's
    gc.collect()
    tracemalloc.start()
    kept = [make(index) for index in range(1000, 1000 + DEVICES)]
    gc.collect()
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(kept) == DEVICES
    return used / DEVICES


def main() -> None:
    shared = model()
    assert len(shared.nodes) == NODES
    plain = each(lambda index: slotted(after_session(shared, index).tree))
    heading(f"bytes of a device / of {NODES} slotted nodes")
    row("a device after a session that it opened itself", each(partial(after_session, shared)), plain, 0.1)
    tree, fresh = each(lambda index: after_session(shared, index).tree), each(partial(made, shared))
    note(f"its tree alone: {number(tree)} bytes; a device that has had no session: {number(fresh)}")
    woken = each(partial(after_notification, shared))
    note(f"after a session that a notification asked for: {number(woken)} bytes, a ratio of {woken / plain:.3f}")


if __name__ == "__main__":
    main()
