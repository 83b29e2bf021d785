"""What a device tells of its own accord: alerts, late ends of Execs, sessionless reports (DM Protocol §6.7)."""

from __future__ import annotations

import random as randoms
from datetime import datetime

import pytest

from simulator.bootstrap import message as bootstraps
from simulator.codes.alert import AlertCode
from simulator.device import Device, DeviceEvent, SessionDue
from simulator.device.state import rows_of
from simulator.errors import SessionError
from simulator.objects import standard
from simulator.objects.devinfo import DevInfo
from simulator.session.alerts import AlertItem, Job
from simulator.session.client import ClientSession
from simulator.session.commands.context import PENDING, ExecRequest
from simulator.session.events import Ended, Event, Noted, Outcome, Reported, Send
from simulator.session.sessionless import SessionlessReport
from simulator.session.settings import SessionSettings
from simulator.syncml.encoding import Encoding, decode, encode
from simulator.syncml.message import (
    Alert,
    Chal,
    Command,
    Exec,
    Item,
    Meta,
    Source,
    Status,
    SyncBody,
    SyncHdr,
    SyncML,
    Target,
)
from simulator.tree.description import Access, Description
from simulator.tree.model import empty
from simulator.tree.tree import Tree
from tests.unit.scripted_server import DEV_ID, NOW, SERVER_ID, URL, ScriptedServer, drive
from tests.unit.session_bench import ACCOUNT, add, ended, get

URN = "urn:oma:at:example:1.0"
CLIENT_INITIATED = AlertCode.CLIENT_INITIATED_MGMT


def a_device(**settings: object) -> Device:
    model = standard.model(DevInfo(DEV_ID, "dmrig", "generic"))
    device = Device(
        model,
        random=randoms.Random(3).randbytes,
        settings=SessionSettings(**settings),  # type: ignore[arg-type]
    )
    device.bootstrap(bootstraps.build(ACCOUNT), origin="card:1", now=NOW)
    device.due.clear()
    return device


class OneServer:
    """Sessions one after the other with a server that keeps its nonces."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.client_nonce, self.server_nonce = b"client-1", b"server-1"

    def session(self, packages: list[list[Command]] | None = None, **more: object) -> ScriptedServer:
        server = ScriptedServer(
            packages=packages or [],
            client_nonce=self.client_nonce,
            server_nonce=self.server_nonce,
            **more,  # type: ignore[arg-type]
        )
        opened = self.device.open_session(SERVER_ID, alert=CLIENT_INITIATED, now=NOW)
        self.events = drive(opened, server)
        assert server.client_nonce is not None
        self.client_nonce, self.server_nonce = server.client_nonce, server.server_nonce
        return server


def told(message: SyncML) -> list[Alert]:
    """The alerts of a message that are neither the session's own nor Next Message."""
    found = [command for command in message.sync_body.commands if isinstance(command, Alert)]
    return [alert for alert in found if alert.data not in ("1200", "1201", "1222")]


def reported(events: list[Event]) -> list[int]:
    return [event.status for event in events if isinstance(event, Reported)]


@pytest.mark.parametrize("encoding", list(Encoding))
def test_a_generic_alert_makes_a_session_due_and_stands_in_its_package_1(encoding: Encoding) -> None:
    device = a_device(encoding=encoding)
    item = AlertItem(URN, "low", source="./DevDetail", mark="critical")
    assert device.alert(SERVER_ID, item, correlator="c-1") == [SessionDue(SERVER_ID, CLIENT_INITIATED)]
    one = OneServer(device)
    server = one.session()
    (alert,) = told(server.messages[0])
    assert (alert.data, alert.correlator) == ("1226", "c-1")
    (found,) = alert.items
    assert found == Item(
        source=Source("./DevDetail"), meta=Meta(format="chr", type=URN, mark="critical"), data="low"
    )
    assert server.messages[0].sync_body.final
    assert reported(one.events) == [200]
    assert len(device.alerts) == 0
    assert told(one.session().messages[0]) == []


def test_without_a_management_object_there_is_no_source() -> None:
    device = a_device()
    device.alert(SERVER_ID, AlertItem(URN, b"\0\xff"), AlertItem("text/plain", "two"))
    (alert,) = told(OneServer(device).session().messages[0])
    assert [item.source for item in alert.items] == [None, None]
    assert [item.meta and item.meta.format for item in alert.items] == ["bin", "chr"]
    assert alert.items[0].data == b"\0\xff"


def test_xml_carries_octets_as_base64() -> None:
    device = a_device(encoding=Encoding.XML)
    device.alert(SERVER_ID, AlertItem(URN, b"\0\xff"))
    (alert,) = told(OneServer(device).session().messages[0])
    assert alert.items[0].meta == Meta(format="b64", type=URN)
    assert alert.items[0].data == "AP8="


def test_a_client_event() -> None:
    device = a_device()
    device.alert(SERVER_ID, AlertItem("text/plain", "plugged in"), code=AlertCode.CLIENT_EVENT)
    (alert,) = told(OneServer(device).session().messages[0])
    assert alert.data == "1224"
    assert alert.items[0].meta == Meta(format="chr", type="text/plain")


def test_what_comes_up_during_a_session_goes_with_package_3() -> None:
    device = a_device()
    due: list[object] = []

    class Eventful(ScriptedServer):
        def exchange(self, send: Send) -> tuple[int, str, bytes]:
            if not self.messages:
                due.append(device.alert(SERVER_ID, AlertItem(URN, "now")))
            return super().exchange(send)

    server = Eventful(packages=[[get("./DevInfo/Man")]])
    events = drive(device.open_session(SERVER_ID, alert=CLIENT_INITIATED, now=NOW), server)
    assert due == [[]]
    assert [len(told(message)) for message in server.messages] == [0, 1]
    assert reported(events) == [200]


def test_a_session_goes_on_for_what_comes_up_at_its_end() -> None:
    device = a_device()

    class Eventful(ScriptedServer):
        def exchange(self, send: Send) -> tuple[int, str, bytes]:
            if not self.messages:
                device.alert(SERVER_ID, AlertItem(URN, "now"))
            return super().exchange(send)

    server = Eventful()
    events = drive(device.open_session(SERVER_ID, alert=CLIENT_INITIATED, now=NOW), server)
    assert [len(told(message)) for message in server.messages] == [0, 1]
    assert ended(events).outcome is Outcome.COMPLETED


def test_a_session_that_is_due_anyway_will_do() -> None:
    device = a_device()
    assert len(device.alert(SERVER_ID, AlertItem(URN, "1"))) == 1
    assert device.alert(SERVER_ID, AlertItem(URN, "2")) == []
    server = OneServer(device).session()
    assert [alert.items[0].data for alert in told(server.messages[0])] == ["1", "2"]


def test_an_alert_waits_until_it_is_answered() -> None:
    device = a_device()
    device.alert(SERVER_ID, AlertItem(URN, "1"))
    session = device.open_session(SERVER_ID, alert=CLIENT_INITIATED, now=NOW)
    session.start(NOW)
    session.fail("no network", NOW)
    assert len(device.alerts) == 1
    server = OneServer(device).session()
    assert len(told(server.messages[0])) == 1
    assert len(device.alerts) == 0


def test_an_alert_is_repeated_with_credentials() -> None:
    device = a_device()
    device.alert(SERVER_ID, AlertItem(URN, "1"))
    one = OneServer(device)
    one.client_nonce = b"moved on"
    server = one.session()
    assert [len(told(message)) for message in server.messages] == [1, 1]
    assert reported(one.events) == [200]


def test_a_stranger_swallows_no_alert() -> None:
    device = a_device()
    device.alert(SERVER_ID, AlertItem(URN, "1"))
    one = OneServer(device)
    one.session([[add("./X", "x")]], secret="guessed")
    assert ended(one.events).outcome is Outcome.SERVER_REFUSED
    assert reported(one.events) == []
    assert len(device.alerts) == 1


def test_alerts_are_for_one_server() -> None:
    device = a_device()
    with pytest.raises(SessionError, match=r"other\.example"):
        device.alert("other.example", AlertItem(URN, "1"))
    device.alert(SERVER_ID, AlertItem(URN, "1"))
    device.power_on(None, [], NOW)
    assert len(device.alerts) == 0  # the account went with its card


def test_a_long_alert_goes_in_chunks() -> None:
    """Without large objects it has to fit into one message, and is given up when it does not."""
    device = a_device()
    device.alert(SERVER_ID, AlertItem(URN, "x" * 3000))
    one = OneServer(device)
    one.client_nonce = b"moved on"  # so that the server names its limit first
    server = one.session(max_msg_size=1500)
    items = [alert.items[0] for message in server.messages[1:] for alert in told(message)]
    assert "".join(str(item.data) for item in items) == "x" * 3000
    assert [item.more_data for item in items] == [True] * (len(items) - 1) + [False]
    assert [item.meta and item.meta.size for item in items] == ["3000"] + [None] * (len(items) - 1)
    assert len(device.alerts) == 0


def test_without_large_objects_a_long_alert_is_given_up() -> None:
    device = a_device()
    device.tree.replace("./DevDetail/LrgObj", "false")

    class Eventful(ScriptedServer):
        def exchange(self, send: Send) -> tuple[int, str, bytes]:
            if not self.messages:
                device.alert(SERVER_ID, AlertItem(URN, "x" * 3000))
            return super().exchange(send)

    server = Eventful(packages=[[get("./DevInfo/Man")]], max_msg_size=1500)
    events = drive(device.open_session(SERVER_ID, alert=CLIENT_INITIATED, now=NOW), server)
    assert ended(events).outcome is Outcome.COMPLETED
    assert any(isinstance(event, Noted) and "too long" in event.text for event in events)
    assert len(device.alerts) == 0


@pytest.mark.parametrize(
    "make",
    [
        lambda: AlertItem("", "x"),
        lambda: AlertItem(URN, "x", mark="urgent"),
        lambda: AlertItem(URN, "x", source="DevInfo"),
    ],
)
def test_what_the_standard_does_not_allow(make: object) -> None:
    with pytest.raises(SessionError):
        make()  # type: ignore[operator]


def test_no_alert_of_another_code() -> None:
    device = a_device()
    for code in (AlertCode.NEXT_MESSAGE, AlertCode.SESSIONLESS_REPORT):
        with pytest.raises(SessionError):
            device.alert(SERVER_ID, AlertItem(URN), code=code)
    with pytest.raises(SessionError, match="without an Item"):
        device.alert(SERVER_ID)


# -- Execs that finish later


def a_device_to_update() -> tuple[Device, list[ExecRequest]]:
    """./Fw can be executed, and takes its time."""
    device = a_device()
    node = Description(format="node", access=Access.EXEC | Access.GET)
    tree = Tree(empty(Description(format="node", children={"Fw": node}, open=True)))
    for view in device.tree.walk("."):
        if view.uri != ".":
            kind = {"format": view.format, "type": view.type or None}
            tree.add(view.uri, value=None if not view.leaf else view.value, **kind)
    tree.add("./Fw", format="node")
    tree.set_acl("./Fw", f"Exec={SERVER_ID}&Get={SERVER_ID}&Replace={SERVER_ID}")
    asked: list[ExecRequest] = []

    def update(request: ExecRequest) -> int:
        asked.append(request)
        return PENDING

    other = Device(tree, random=randoms.Random(3).randbytes, operations={"./Fw": update})
    return other, asked


def an_exec(correlator: str | None) -> Exec:
    return Exec("", correlator=correlator, items=[Item(target=Target("./Fw"), data="now")])


def test_an_exec_that_finishes_later() -> None:
    """202 now; later Alert 1201 with a Generic Alert, its Correlator and the executed node (§6.7)."""
    device, asked = a_device_to_update()
    one = OneServer(device)
    server = one.session([[an_exec("job-7")]])
    assert server.codes(1) == ["212", "202"]
    assert asked == [ExecRequest("./Fw", "now", "job-7", SERVER_ID, NOW)]
    assert device.jobs == [Job(SERVER_ID, "./Fw", "job-7")]
    due = device.complete("./Fw", AlertItem(URN, "200"))
    assert due == [SessionDue(SERVER_ID, CLIENT_INITIATED)]
    assert device.jobs == []
    (alert,) = told(one.session().messages[0])
    assert (alert.data, alert.correlator) == ("1226", "job-7")
    assert alert.items == [Item(source=Source("./Fw"), meta=Meta(format="chr", type=URN), data="200")]


def test_several_execs_of_one_node() -> None:
    device, _ = a_device_to_update()
    OneServer(device).session([[an_exec("a"), an_exec("b"), an_exec("c")]])
    device.complete("./Fw", AlertItem(URN, "200"), correlator="b")
    device.complete("./Fw", AlertItem(URN, "200"))
    assert [job.correlator for job in device.jobs] == ["c"]
    assert [waiting.alert.correlator for waiting in device.alerts] == ["b", "a"]
    with pytest.raises(SessionError, match=r"\./Fw"):
        device.complete("./Fw", AlertItem(URN, "200"), correlator="b")


def test_what_waits_is_among_what_is_kept() -> None:
    device, _ = a_device_to_update()
    OneServer(device).session([[an_exec("a")]])
    device.alert(SERVER_ID, AlertItem(URN, "1"))
    tables = [row.TABLE for row in rows_of(device)]
    assert tables.count("alert") == tables.count("job") == 1


# -- sessionless reports


def send_of(report: SessionlessReport | ClientSession) -> Send:
    (send,) = report.start(NOW)
    assert isinstance(send, Send)
    return send


@pytest.mark.parametrize("encoding", list(Encoding))
def test_a_sessionless_report(encoding: Encoding) -> None:
    """Only Alerts 1230, one Item each, with Type and Format (DM Sessionless Reporting §5.1)."""
    device = a_device(encoding=encoding)
    send = send_of(device.report(SERVER_ID, AlertItem(URN, "a<b", source="./DevInfo"), AlertItem(URN, "plain")))
    message, _ = decode(send.body, send.headers["Content-Type"])
    assert message == send.message
    assert send.url == URL
    commands = message.sync_body.commands
    assert [type(command) for command in commands] == [Alert, Alert]
    assert all(isinstance(c, Alert) and c.data == "1230" and len(c.items) == 1 for c in commands)
    assert [c.cmd_id for c in commands] == ["1", "2"]
    (first,) = commands[0].items if isinstance(commands[0], Alert) else []
    assert first == Item(source=Source("./DevInfo"), meta=Meta(format="chr", type=URN), data="a<b")
    assert message.sync_body.final
    assert (message.sync_hdr.msg_id, message.sync_hdr.source.loc_uri) == ("1", DEV_ID)
    assert message.sync_hdr.cred is not None
    if encoding is Encoding.XML:
        assert b"<![CDATA[a<b]]>" in send.body
        assert b"<![CDATA[plain]]>" in send.body


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, b"", Outcome.COMPLETED),
        (202, b"", Outcome.COMPLETED),
        (204, b"", Outcome.COMPLETED),
        (200, b"thank you", Outcome.COMPLETED),
        (404, b"", Outcome.FAILED),
        (500, b"<html>", Outcome.FAILED),
        (302, b"", Outcome.FAILED),
    ],
)
def test_the_answer_may_be_empty(status: int, body: bytes, outcome: Outcome) -> None:
    report = a_device().report(SERVER_ID, AlertItem(URN, "x"))
    send_of(report)
    assert ended(report.receive(status, None, body, NOW)).outcome is outcome
    assert report.fail("late", NOW) == []


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("200", Outcome.COMPLETED),
        ("212", Outcome.COMPLETED),
        ("401", Outcome.CLIENT_REFUSED),
        ("415", Outcome.REJECTED),
    ],
)
def test_an_answer_that_is_a_message(code: str, outcome: Outcome) -> None:
    report = a_device().report(SERVER_ID, AlertItem(URN, "x"))
    send_of(report)
    chal = Chal(Meta(format="b64", type="syncml:auth-md5", next_nonce="AAAA")) if code == "401" else None
    status = Status("1", "1", "0", "SyncHdr", chal=chal, data=code)
    header = SyncHdr("1.2", "DM/1.3", report.session_id, "1", Target(DEV_ID), Source(URL))
    body = encode(SyncML(header, SyncBody([status], final=True)), Encoding.WBXML)
    assert ended(report.receive(200, Encoding.WBXML.mime, body, NOW)).outcome is outcome


def test_a_report_opens_no_session() -> None:
    device = a_device()
    session = device.open_session(SERVER_ID, alert=CLIENT_INITIATED, now=NOW)
    session.start(NOW)
    report = device.report(SERVER_ID, AlertItem(URN, "x"))
    assert report.session_id != session.session_id
    send_of(report)
    assert report.fail("no network", NOW) == [Ended(Outcome.FAILED, "no network")]
    assert device.in_session


def test_reports_out_of_turn() -> None:
    device = a_device()
    report = device.report(SERVER_ID, AlertItem(URN, "x"))
    with pytest.raises(SessionError):
        report.receive(200, None, b"", NOW)
    send_of(report)
    with pytest.raises(SessionError):
        report.start(NOW)
    with pytest.raises(SessionError, match="without an Item"):
        device.report(SERVER_ID)
    with pytest.raises(SessionError, match=r"nobody\.example"):
        device.report("nobody.example", AlertItem(URN, "x"))
    assert report.abort("no") == []
    assert ended(device.report(SERVER_ID, AlertItem(URN, "x")).abort("no")).outcome is Outcome.ABORTED_BY_CLIENT


@pytest.mark.parametrize("says", ["its events", "nothing", "None", "an error"])
def test_a_session_that_became_due_is_told_of_whatever_an_action_says(says: str) -> None:
    """Once, and once only: what a plug-in leaves out would never be sent."""
    device, _ = a_device_to_update()
    one = OneServer(device)
    one.session([[an_exec("job-7")]])

    def over(now: datetime) -> list[DeviceEvent]:
        events = device.complete("./Fw", AlertItem(URN, "200"))
        if says == "an error":
            raise SessionError("too late")
        return {"its events": events, "None": None}.get(says, [])  # type: ignore[return-value]

    device.agenda.at(NOW, over)
    events = device.wake(NOW)
    assert [event for event in events if isinstance(event, SessionDue)] == [
        SessionDue(SERVER_ID, CLIENT_INITIATED)
    ]
    assert device.wake(NOW) == []
