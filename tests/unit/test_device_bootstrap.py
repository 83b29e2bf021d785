"""Bootstrap of a device: all or nothing, the same again, another card (DM Bootstrap §5.4, §5.5.6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.bootstrap import message as bootstraps
from simulator.codes import mime
from simulator.codes.alert import AlertCode
from simulator.device import AccountAdded, AccountRemoved, BootstrapRefused, Device, SessionDue
from simulator.objects import dmacc, standard
from simulator.objects.devinfo import DevInfo
from simulator.objects.dmacc import AccountData, Credential
from simulator.syncml import wbxml, xml
from simulator.syncml.message import (
    Add,
    Alert,
    Atomic,
    Command,
    Data,
    Exec,
    Get,
    Item,
    Meta,
    Replace,
    Source,
    SyncBody,
    SyncHdr,
    SyncML,
    Target,
)
from simulator.tnds.document import MgmtTree, Node, RTProperties

NOW = datetime(2031, 3, 1, tzinfo=UTC)
CARD = "card:8944000000000000001"
OTHER_CARD = "card:8944000000000000002"
ACCOUNT = AccountData(
    server_id="srv.example",
    addr="https://dm.example/manage",
    name="Example",
    client=Credential("DIGEST", "dev", "dev-secret", b"client-1"),
    server=Credential("DIGEST", "srv.example", "srv-secret", b"server-1"),
)
SECOND = replace(ACCOUNT, server_id="two.example", addr="https://two.example/dm")
URI = "./DMAcc/srv.example"


def a_device() -> Device:
    return Device(standard.model(DevInfo("IMEI:1", "dmrig", "generic")), random=bytes)


def content(device: Device) -> dict[str, object]:
    return {view.uri: (view.value, view.acl, view.type) for view in device.tree.walk(".")}


def servers(device: Device) -> list[str]:
    return [account.server_id for account in dmacc.accounts(device.tree)]


def a_message(*commands: Command, source: str = ACCOUNT.addr) -> bytes:
    for number, command in enumerate(commands, start=1):
        command.cmd_id = str(number)
    header = SyncHdr("1.2", "DM/1.3", "1", "1", Target("."), Source(source))
    return wbxml.encode(SyncML(header, SyncBody(list(commands), final=True)))


def add(uri: str, data: Data | None, **meta: str) -> Add:
    return Add("", items=[Item(target=Target(uri), meta=Meta(meta.get("format"), meta.get("type")), data=data)])


def to_inbox(*nodes: Node) -> Add:
    return add("./Inbox", MgmtTree(nodes=list(nodes)), type=mime.TNDS_WBXML)


PLAIN = [
    add(URI, None, format="node", type=dmacc.IDENTIFIER),
    add(f"{URI}/AppID", "w7"),
    add(f"{URI}/ServerID", "srv.example"),
    add(f"{URI}/AppAddr/1/Addr", ACCOUNT.addr),
    add(f"{URI}/AppAuth/C/AAuthLevel", "CLCRED"),
    add(f"{URI}/AppAuth/C/AAuthType", "DIGEST"),
    add(f"{URI}/AppAuth/C/AAuthName", "dev"),
    add(f"{URI}/AppAuth/C/AAuthSecret", "dev-secret"),
    add(f"{URI}/AppAuth/C/AAuthData", b"client-1", format="bin"),
]


@pytest.mark.parametrize("tnds", [mime.TNDS_WBXML, mime.TNDS_XML, None])
def test_a_bootstrap_brings_an_account_and_a_session(tnds: str | None) -> None:
    device = a_device()
    events = device.bootstrap(bootstraps.build(ACCOUNT, tnds_mime=tnds), origin=CARD, now=NOW)
    assert events == [
        AccountAdded("srv.example", URI, CARD),
        SessionDue("srv.example", AlertCode.CLIENT_INITIATED_MGMT),
    ]
    account = dmacc.find(device.tree, "srv.example")
    assert account is not None
    assert (account.uri, account.addr, account.name) == (URI, ACCOUNT.addr, "Example")
    assert (account.client, account.server) == (ACCOUNT.client, ACCOUNT.server)
    assert device.tree.get(URI, "srv.example").acl == (
        "Add=srv.example&Delete=srv.example&Get=srv.example&Replace=srv.example"
    )


def test_plain_adds_do_as_well() -> None:
    device = a_device()
    message = a_message(*PLAIN)
    assert device.bootstrap(message, origin=CARD, now=NOW)[0] == AccountAdded("srv.example", URI, CARD)
    account = dmacc.find(device.tree, "srv.example")
    assert account is not None
    assert account.client == ACCOUNT.client
    # The same account from another card takes its place.
    assert device.bootstrap(message, origin=OTHER_CARD, now=NOW)[:2] == [
        AccountRemoved("srv.example", URI, CARD),
        AccountAdded("srv.example", URI, OTHER_CARD),
    ]
    assert servers(device) == ["srv.example"]


def test_commands_in_an_atomic() -> None:
    device = a_device()
    message = a_message(Atomic("", commands=[to_inbox(dmacc.to_tnds(ACCOUNT)), add("./Note", "hello")]))
    assert isinstance(device.bootstrap(message, origin=CARD, now=NOW)[0], AccountAdded)
    assert device.tree.value("./Note") == "hello"


@pytest.mark.parametrize("padding", [b"", b"\xff" * 40, b"\0" * 7, b"garbage"])
def test_the_same_card_again_changes_nothing(padding: bytes) -> None:
    device = a_device()
    message = bootstraps.build(ACCOUNT)
    device.bootstrap(message, origin=CARD, now=NOW)
    # The server and the sessions went on with the account.
    dmacc.store_nonce(device.tree, URI, "CLCRED", b"client-2")
    device.tree.replace(f"{URI}/Name", "Renamed")
    before = content(device)
    assert device.bootstrap(message + padding, origin=CARD, now=NOW) == []
    assert device.power_on(CARD, [message + padding], NOW) == []
    assert content(device) == before


def test_a_changed_message_replaces_the_account() -> None:
    device = a_device()
    device.bootstrap(bootstraps.build(ACCOUNT), origin=CARD, now=NOW)
    moved = replace(ACCOUNT, addr="https://new.example/")
    events = device.bootstrap(bootstraps.build(moved), origin=CARD, now=NOW)
    assert events[:2] == [AccountRemoved("srv.example", URI, CARD), AccountAdded("srv.example", URI, CARD)]
    assert servers(device) == ["srv.example"]
    assert dmacc.accounts(device.tree)[0].addr == "https://new.example/"


def test_an_account_that_was_deleted_comes_back_with_its_card() -> None:
    device = a_device()
    message = bootstraps.build(ACCOUNT)
    device.bootstrap(message, origin=CARD, now=NOW)
    device.tree.delete(URI)
    assert device.power_on(CARD, [message], NOW)[0] == AccountAdded("srv.example", URI, CARD)


def test_a_card_with_several_messages() -> None:
    device = a_device()
    messages = [bootstraps.build(ACCOUNT), bootstraps.build(SECOND)]
    assert len(device.power_on(CARD, messages, NOW)) == 4
    assert servers(device) == ["srv.example", "two.example"]
    assert device.power_on(CARD, messages, NOW) == []
    # One of them is gone from the card (DM Bootstrap §5.5.6).
    events = device.power_on(CARD, messages[:1], NOW)
    assert events == [AccountRemoved("two.example", "./DMAcc/two.example", CARD)]


def test_another_card_and_no_card() -> None:
    device = a_device()
    device.bootstrap(bootstraps.build(SECOND), origin="factory", now=NOW)
    device.power_on(CARD, [bootstraps.build(ACCOUNT)], NOW)
    third = replace(ACCOUNT, server_id="three.example", addr="https://three.example/")
    events = device.power_on(OTHER_CARD, [bootstraps.build(third)], NOW)
    assert events[0] == AccountRemoved("srv.example", URI, CARD)
    assert servers(device) == ["two.example", "three.example"]
    assert device.power_on(None, [], NOW) == [AccountRemoved("three.example", "./DMAcc/three.example", OTHER_CARD)]
    # What came some other way stays.
    assert servers(device) == ["two.example"]
    assert device.retain_card_accounts(None, NOW) == []


def test_the_same_server_on_another_card() -> None:
    device = a_device()
    message = bootstraps.build(ACCOUNT)
    device.power_on(CARD, [message], NOW)
    events = device.power_on(OTHER_CARD, [message], NOW)
    assert events[:2] == [AccountRemoved("srv.example", URI, CARD), AccountAdded("srv.example", URI, OTHER_CARD)]
    assert servers(device) == ["srv.example"]


def test_a_removed_server_is_forgotten_in_acls() -> None:
    device = a_device()
    device.power_on(CARD, [bootstraps.build(ACCOUNT)], NOW)
    device.tree.add("./Shop", format="node")
    device.tree.set_acl("./Shop", "Get=srv.example+two.example&Replace=srv.example")
    device.power_on(None, [], NOW)
    assert device.tree.get("./Shop").acl == "Get=two.example"


def test_a_badly_read_card_costs_no_server() -> None:
    device = a_device()
    message = bootstraps.build(ACCOUNT)
    device.power_on(CARD, [message], NOW)
    before = content(device)
    (event,) = device.power_on(CARD, [message[:-20]], NOW)
    assert isinstance(event, BootstrapRefused)
    assert content(device) == before


def test_an_unknown_management_object_is_passed_over() -> None:
    device = a_device()
    unknown = Node("New", rt_properties=RTProperties(format="node", ddf_name="urn:oma:mo:x-unknown:1.0"))
    message = a_message(to_inbox(unknown, dmacc.to_tnds(ACCOUNT)))
    assert device.bootstrap(message, origin=CARD, now=NOW)[0] == AccountAdded("srv.example", URI, CARD)


def test_what_belongs_to_sessions_is_passed_over() -> None:
    message = a_message(Alert("", data="1201"), to_inbox(dmacc.to_tnds(ACCOUNT)))
    assert isinstance(a_device().bootstrap(message, origin=CARD, now=NOW)[0], AccountAdded)


NAMELESS = replace(ACCOUNT, server_id="", acl="Get=*", node_name="x")
BROKEN = MgmtTree(nodes=[dmacc.to_tnds(SECOND), dmacc.to_tnds(ACCOUNT)])
BROKEN.nodes[1].nodes.append(Node("AppID", rt_properties=RTProperties(format="chr"), value="twice"))


@pytest.mark.parametrize(
    ("message", "says"),
    [
        (b"", "cannot be read"),
        (b"\xff" * 300, "cannot be read"),
        (bootstraps.build(ACCOUNT)[:-8], "cannot be read"),
        (b"\x01\x2c" + bootstraps.build(ACCOUNT), "cannot be read"),
        (xml.encode(bootstraps.read(bootstraps.build(ACCOUNT, tnds_mime=mime.TNDS_XML)).message), "WBXML"),
        (a_message(), "no DM account"),
        (a_message(add("./Note", "x")), "no DM account"),
        (a_message(to_inbox(dmacc.to_tnds(ACCOUNT)), source="http://evil.example/"), "Source is"),
        (a_message(to_inbox(dmacc.to_tnds(ACCOUNT)), source=""), "Source is"),
        (a_message(to_inbox(dmacc.to_tnds(ACCOUNT)), source="srv.example"), "Source is"),
        (a_message(to_inbox(dmacc.to_tnds(NAMELESS))), "no ServerID"),
        (a_message(to_inbox(dmacc.to_tnds(ACCOUNT)), Exec("", items=[Item(target=Target("./X"))])), "Exec"),
        (a_message(to_inbox(dmacc.to_tnds(ACCOUNT)), Get("", items=[Item(target=Target("./X"))])), "Get"),
        (a_message(to_inbox(dmacc.to_tnds(ACCOUNT)), add("./DevInfo", None, format="node")), "already exists"),
        (a_message(to_inbox(dmacc.to_tnds(ACCOUNT)), add("", "x")), "without a Target"),
        (
            a_message(
                to_inbox(dmacc.to_tnds(ACCOUNT)), Replace("", items=[Item(target=Target("./No"), data="x")])
            ),
            "does not exist",
        ),
        (a_message(add("./Inbox", BROKEN, type=mime.TNDS_WBXML)), "cannot be applied"),
        (a_message(add("./Inbox", b"\x03rubbish", type=mime.TNDS_WBXML)), "cannot be applied"),
    ],
)
def test_a_refused_bootstrap_leaves_the_device_as_it_was(message: bytes, says: str) -> None:
    device = a_device()
    device.bootstrap(bootstraps.build(SECOND), origin=CARD, now=NOW)
    before = content(device)
    (event,) = device.bootstrap(message, origin=CARD, now=NOW)
    assert isinstance(event, BootstrapRefused)
    assert says in event.reason
    assert content(device) == before


def test_elsewhere_than_on_a_card_the_server_id_will_do_as_source() -> None:
    message = a_message(to_inbox(dmacc.to_tnds(ACCOUNT)), source="srv.example")
    assert isinstance(a_device().bootstrap(message, origin="push", now=NOW)[0], AccountAdded)


@given(st.binary(max_size=300))
def test_any_octets_are_refused_in_peace(octets: bytes) -> None:
    device = a_device()
    before = content(device)
    (event,) = device.bootstrap(octets, origin=CARD, now=NOW)
    assert isinstance(event, BootstrapRefused)
    assert content(device) == before


@given(st.data())
def test_a_flipped_octet_never_leaves_half_an_account(data: st.DataObject) -> None:
    whole = bytearray(bootstraps.build(ACCOUNT))
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    device = a_device()
    before = content(device)
    events = device.bootstrap(bytes(whole), origin=CARD, now=NOW)
    if isinstance(events[0], BootstrapRefused):
        assert content(device) == before
    else:
        assert [type(event) for event in events] == [AccountAdded, SessionDue]
        assert len(servers(device)) == 1
