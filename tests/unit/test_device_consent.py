"""What the user has to do with a session that a server asks for (UI-MODE); when notifications count, and which."""

from __future__ import annotations

from datetime import timedelta

import pytest

from simulator.bootstrap import message as bootstraps
from simulator.codes.alert import AlertCode
from simulator.codes.mime import NOTIFICATION_12, NOTIFICATION_13
from simulator.device import Device, PushIgnored, SessionDue
from simulator.notification import message as notifications
from simulator.notification import options
from simulator.notification.message import Format, Notification, Option, UIMode
from simulator.objects import standard
from simulator.objects.devinfo import DevInfo
from simulator.session.events import Send
from simulator.session.interaction import Answer, Cancelled, Confirmed, ScriptedUser, Shown, TimedOut, Typed
from tests.unit.test_device_wakeup import ACCOUNT, NOW, SERVER, a_device, a_push, receive

SILENT = [UIMode.NOT_SPECIFIED, UIMode.BACKGROUND]


def notification(
    mode: UIMode = UIMode.BACKGROUND,
    session_id: int = 7,
    format: Format = Format.DM_1_3,
    *more: Option,
    days: int = 0,
) -> tuple[str, bytes]:
    said = Notification(SERVER, session_id, mode, format=format)
    if format is Format.DM_1_3:
        said.timestamp, said.timeout_days = NOW, days or None
        said.options += more
    body = notifications.encode(said, "srvpwd", b"Nonce")
    return NOTIFICATION_13 if format is Format.DM_1_3 else NOTIFICATION_12, body


def push(device: Device, content: tuple[str, bytes], later: timedelta = timedelta()) -> SessionDue | PushIgnored:
    (event,) = device.receive_push(content[0], 7, content[1], NOW + later)
    assert isinstance(event, (SessionDue, PushIgnored))
    return event


def with_user(*answers: Answer | None) -> tuple[Device, ScriptedUser]:
    device = a_device()
    user = ScriptedUser(answers)
    device.user = user
    return device, user


@pytest.mark.parametrize("format", Format)
@pytest.mark.parametrize("mode", SILENT)
def test_a_session_in_the_background_is_no_business_of_the_users(mode: UIMode, format: Format) -> None:
    device, user = with_user(Cancelled())
    assert isinstance(push(device, notification(mode, 7, format)), SessionDue)
    assert user.asked == []


@pytest.mark.parametrize("format", Format)
@pytest.mark.parametrize("answer", [Shown(), Cancelled(), TimedOut(), None])
def test_the_user_is_told_and_cannot_help_it(answer: Answer | None, format: Format) -> None:
    device, user = with_user(answer)
    assert isinstance(push(device, notification(UIMode.INFORMATIVE, 7, format)), SessionDue)
    (asked,) = user.asked
    assert (asked.code, asked.text) == (AlertCode.DISPLAY, f"{SERVER} asks for a management session")


@pytest.mark.parametrize("format", Format)
@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Confirmed(True), None),
        (Confirmed(False), "the user refused: session 7"),
        (Cancelled(), "the user refused"),
        (TimedOut(), "the user did not answer"),
        (Typed("yes"), "the user refused"),
        (None, None),
    ],
)
def test_the_user_is_asked(answer: Answer | None, says: str | None, format: Format) -> None:
    device, user = with_user(answer, Confirmed(True))
    content = notification(UIMode.USER_INTERACTION, 7, format)
    event = push(device, content)
    assert user.asked[0].code is AlertCode.CONFIRM_OR_REJECT
    if says is None:
        assert isinstance(event, SessionDue)
        return
    assert isinstance(event, PushIgnored)
    assert event.reason.startswith(says)
    assert all(due.alert is not AlertCode.SERVER_INITIATED_MGMT for due in device.due)
    # A copy is no new question; the next notification is one, with the same session id too.
    assert "before" in getattr(push(device, content), "reason", "")
    assert len(user.asked) == 1
    another = notification(UIMode.USER_INTERACTION, 7, _other(format))
    assert isinstance(push(device, another), SessionDue)


def _other(format: Format) -> Format:
    return Format.DM_1_2 if format is Format.DM_1_3 else Format.DM_1_3


def test_the_servers_reason_is_shown() -> None:
    device, user = with_user(Confirmed(True))
    reason = options.text(options.CONNECT_REASON, "Update")
    push(device, notification(UIMode.USER_INTERACTION, 7, Format.DM_1_3, reason))
    assert user.asked[0].text == f"{SERVER} asks for a management session: Update"


def test_nobody_is_asked_about_what_is_not_good() -> None:
    device, user = with_user(Confirmed(True))
    said = Notification(SERVER, 7, UIMode.USER_INTERACTION)
    push(device, (NOTIFICATION_13, notifications.encode(said, "guessed", b"Nonce")))
    assert user.asked == []


def test_a_refused_session_leaves_the_default_nonce_alone() -> None:
    device, _ = with_user(Cancelled())
    said = Notification(SERVER, 7, UIMode.USER_INTERACTION)
    assert isinstance(push(device, (NOTIFICATION_13, notifications.encode(said, "srvpwd", bytes(4)))), PushIgnored)
    assert device.resync_nonces == {}


# -- when, and as what, a notification counts


@pytest.mark.parametrize(
    ("late", "counts"),
    [
        (timedelta(days=2), True),
        (timedelta(days=2, seconds=1), False),
        (timedelta(days=-30), True),
    ],
)
def test_timeout_to_the_second(late: timedelta, counts: bool) -> None:
    """A clock that goes slow makes no notification old."""
    assert isinstance(push(a_device(), notification(days=2), late), SessionDue) is counts


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ([Option(9, b"\0\xff"), Option(15, b"")], None),
        ([Option(9, b"1"), Option(9, b"2")], None),
        ([options.uint(options.TARGETED_MO, 0x27), options.uint(options.TARGETED_MO, 0x0B)], None),
        ([Option(9, b""), options.text(options.VENDOR_INFO, "x")], "Vendor-Info stands after option 9"),
        ([Option(0, b"")], "option 0 stands after Server-ID"),
        ([options.text(options.CONNECT_REASON, "a"), options.text(options.CONNECT_REASON, "b")], "occurs twice"),
    ],
)
def test_options(more: list[Option], says: str | None) -> None:
    event = push(a_device(), notification(UIMode.BACKGROUND, 7, Format.DM_1_3, *more))
    if says is None:
        assert isinstance(event, SessionDue)
    else:
        assert says in getattr(event, "reason", "")


def test_a_notification_between_the_bootstrap_and_the_session_that_it_asks_for() -> None:
    device = Device(standard.model(DevInfo("IMEI:1", "dmrig", "generic")), random=bytes)
    first = receive(device, a_push())
    assert isinstance(first, PushIgnored)
    device.bootstrap(bootstraps.build(ACCOUNT), origin="card:1", now=NOW)
    # What was passed over is not held against the same notification, now that it can be checked.
    assert isinstance(receive(device, a_push()), SessionDue)
    own, asked = device.due
    assert (own.alert, asked.alert) == (AlertCode.CLIENT_INITIATED_MGMT, AlertCode.SERVER_INITIATED_MGMT)
    for due in (own, asked):
        session = device.open_session(SERVER, alert=due.alert, session_id=due.session_id, now=NOW)
        (send,) = session.start(NOW)
        assert isinstance(send, Send)
        session.fail("enough", NOW)
    assert device.due == []
