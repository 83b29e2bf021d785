"""A device's lasting state as a value that can be compared, and devices to have one."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime

from simulator.bootstrap import message as bootstraps
from simulator.device import Device
from simulator.device.state import rows_of
from simulator.objects import standard
from simulator.objects.devinfo import DevInfo
from simulator.objects.dmacc import AccountData, Credential
from simulator.tree import Model, Tree
from simulator.tree.description import Access, Description
from simulator.tree.node import Kind

NOW = datetime(2031, 3, 1, tzinfo=UTC)
SERVER_ID = "dm.example.com"
DEV_ID = "IMEI:1"
ACCOUNT = AccountData(
    server_id=SERVER_ID,
    addr="http://dm.example.com/",
    client=Credential("DIGEST", "device", "device-secret", b"client-1"),
    server=Credential("DIGEST", SERVER_ID, "server-secret", b"server-1"),
)
BOOTSTRAP = bootstraps.build(ACCOUNT)
UPDATE = "./Update"
"""A node that can be executed."""


def a_model() -> Model:
    tree = Tree(standard.model(DevInfo(DEV_ID, "dmrig", "generic")))
    tree.add(UPDATE, format="node")
    tree.set_acl(UPDATE, "Exec=*&Get=*")
    kind = Kind("node", "", Description(format="node", access=Access.EXEC | Access.GET, permanent=True))
    tree.store.put(replace(tree.node(UPDATE), kind=kind))
    return tree.model


MODEL = a_model()


def a_device() -> Device:
    return Device(MODEL, random=random.Random(1).randbytes)


def everything(device: Device) -> tuple[object, ...]:
    """All that has to come back; two devices are alike when these are equal.

    The tree is listed as it is read, with what governs each node, and not as rows: a mistake in the rows
    would be in both.
    """
    tree = device.tree
    nodes = [
        (uri, kind.format, kind.type, kind.title, id(kind.description), node.value, node.children, node.tstamp)
        for uri, node in tree.walk_nodes(".")
        for kind in (node.kind,)
    ]
    versions = [(node.ver_no, str(tree.store.acls.get(uri) or "")) for uri, node in tree.walk_nodes(".")]
    return (
        *zip(nodes, versions, strict=True),
        tree.store.count,
        tuple(device.origins),
        tuple(device.memory.fingerprints),
        tuple(sorted(device.memory.due)),
        tuple(device.due),
        tuple(sorted(device.versions.items())),
        tuple((waiting.server_id, waiting.alert) for waiting in device.alerts),
        tuple(device.jobs),
        tuple(sorted(device.resync_nonces.items())),
        device.session_count,
        tuple(sorted(map(repr, rows_of(device)))),
    )
