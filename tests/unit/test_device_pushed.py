"""A device that is sent its bootstrap as a push (DM Bootstrap §5.4, DM Security §5.7.2)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from simulator.bootstrap import mac
from simulator.bootstrap.mac import Method, Secrets
from simulator.bootstrap.message import build
from simulator.codes import mime
from simulator.codes.wsp import APPLICATION_DM
from simulator.device import AccountAdded, BootstrapRefused, Device, PushIgnored, SessionDue
from simulator.objects import dmacc, standard
from simulator.objects.devinfo import DevInfo
from simulator.objects.dmacc import AccountData, Credential
from simulator.push import wsp
from simulator.push.wsp import dm_push

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECRETS = Secrets("262011234567890", "4711")
MESSAGE = build(AccountData("dm.example.com", "http://127.0.0.1/dm", client=Credential("DIGEST", "u", "p", b"n")))


def device() -> Device:
    return Device(
        standard.model(DevInfo("IMEI:1", "dmrig", "generic")), random=lambda n: b"\7" * n, secrets=SECRETS
    )


def content_type(method: Method, message: bytes = MESSAGE, secrets: Secrets = SECRETS) -> str:
    return f"{mime.DM_WBXML}; SEC={method}; MAC={mac.compute(method, secrets, message)}"


@pytest.mark.parametrize("method", Method)
def test_a_right_mac_brings_the_account(method: Method) -> None:
    own = device()
    events = own.receive_push(content_type(method), APPLICATION_DM, MESSAGE, NOW)
    added = AccountAdded("dm.example.com", "./DMAcc/dm.example.com", f"push:{method}")
    assert events[0] == added
    assert isinstance(events[1], SessionDue)
    # The same again changes nothing.
    assert own.receive_push(content_type(method), APPLICATION_DM, MESSAGE, NOW) == []


@pytest.mark.parametrize("method", Method)
def test_over_wsp_with_numbers(method: Method) -> None:
    parameters: list[wsp.Field] = [("SEC", int(mac.CODES[method])), ("MAC", mac.compute(method, SECRETS, MESSAGE))]
    push = wsp.decode(dm_push(mime.DM_WBXML, MESSAGE, parameters=parameters).encode())
    events = device().receive_push(push.media_type, push.application_id, push.body, NOW)
    assert isinstance(events[0], AccountAdded)


@pytest.mark.parametrize(
    ("type_", "application", "says"),
    [
        (mime.DM_WBXML, APPLICATION_DM, "no SEC"),
        (f"{mime.DM_WBXML}; SEC=0", APPLICATION_DM, "no MAC"),
        (content_type(Method.NETWORKID, b"another"), APPLICATION_DM, "is wrong"),
        (content_type(Method.USERPIN, secrets=Secrets(pin="4712")), APPLICATION_DM, "is wrong"),
        (content_type(Method.NETWORKID), 2, "application 2"),
        (content_type(Method.NETWORKID).replace("+wbxml", "+xml"), APPLICATION_DM, "only"),
    ],
)
def test_anything_else_is_passed_over_in_silence(type_: str, application: int, says: str) -> None:
    own = device()
    (event,) = own.receive_push(type_, application, MESSAGE, NOW)
    assert isinstance(event, PushIgnored)
    assert says in event.reason
    assert dmacc.accounts(own.tree) == []


def test_a_right_mac_makes_no_bad_message_good() -> None:
    own, message = device(), MESSAGE[:-20]
    (event,) = own.receive_push(content_type(Method.NETWORKID, message), APPLICATION_DM, message, NOW)
    assert isinstance(event, BootstrapRefused)
    assert dmacc.accounts(own.tree) == []


def test_a_device_without_card_or_pin_takes_none() -> None:
    own = device()
    own.secrets = Secrets()
    for method in Method:
        (event,) = own.receive_push(content_type(method), APPLICATION_DM, MESSAGE, NOW)
        assert isinstance(event, PushIgnored)
