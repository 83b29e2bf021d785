"""A bootstrap that is fetched, and where to fetch it from (DM Bootstrap §5.5.7, §6.3)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from simulator.bootstrap import fetch, mac
from simulator.bootstrap.mac import Method, Secrets
from simulator.bootstrap.message import build, build_configuration
from simulator.codes import mime
from simulator.device import AccountAdded, AccountRemoved, BootstrapRefused, Device
from simulator.device.origins import web_server_of
from simulator.objects import bootstrapcfg, dmacc, standard
from simulator.objects.devinfo import DevInfo
from simulator.objects.dmacc import AccountData

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECRETS = Secrets("262011234567890")
MESSAGE = build(AccountData("dm.example.com", "https://dm.example.com/dm"))
CONFIGURATION = build_configuration("https://boot.example.com/bootstrap")
HTTPS, HTTP = "https://boot.example.com/bootstrap", "http://boot.example.com/bootstrap"


def device() -> Device:
    return Device(standard.model(DevInfo("IMEI:1", "dmrig", "generic")), random=bytes, secrets=SECRETS)


def signed(message: bytes = MESSAGE) -> str:
    return f"{mime.DM_WBXML}; SEC=NETWORKID; MAC={mac.compute(Method.NETWORKID, SECRETS, message)}"


def test_over_tls_no_mac_is_needed() -> None:
    own = device()
    events = own.fetched(HTTPS, 200, mime.DM_WBXML, MESSAGE, NOW)
    assert events[0] == AccountAdded("dm.example.com", "./DMAcc/dm.example.com", "server:boot.example.com")


@pytest.mark.parametrize("url", [HTTPS, HTTP])
def test_a_right_mac_will_do_over_both(url: str) -> None:
    assert isinstance(device().fetched(url, 200, signed(), MESSAGE, NOW)[0], AccountAdded)


@pytest.mark.parametrize("status", sorted(fetch.NONE_THERE))
def test_a_server_without_a_bootstrap(status: int) -> None:
    assert device().fetched(HTTPS, status, "text/html", b"<p>nothing here", NOW) == []


@pytest.mark.parametrize(
    ("url", "status", "content_type", "body", "says"),
    [
        (HTTP, 200, mime.DM_WBXML, MESSAGE, "no SEC"),
        (HTTPS, 200, signed(b"another"), MESSAGE, "is wrong"),
        (HTTPS, 200, f"{mime.DM_WBXML}; MAC={'0' * 40}", MESSAGE, "no SEC"),
        (HTTPS, 200, mime.DM_XML, MESSAGE, "a bootstrap message is"),
        (HTTPS, 200, None, MESSAGE, "a bootstrap message is"),
        (HTTPS, 500, mime.DM_WBXML, MESSAGE, "HTTP 500"),
        (HTTPS, 302, mime.DM_WBXML, MESSAGE, "HTTP 302"),
        (HTTPS, 200, mime.DM_WBXML, MESSAGE[:-9], "bootstrap message"),
        (HTTPS, 200, mime.DM_WBXML, b"", "bootstrap message"),
        (HTTPS, 200, mime.DM_WBXML, bytes(fetch.LONGEST + 1), "is the most"),
    ],
)
def test_what_is_refused(url: str, status: int, content_type: str | None, body: bytes, says: str) -> None:
    own = device()
    (event,) = own.fetched(url, status, content_type, body, NOW)
    assert isinstance(event, BootstrapRefused)
    assert says in event.reason
    assert dmacc.accounts(own.tree) == []


def test_a_card_may_say_where_the_account_is() -> None:
    own = device()
    for _ in range(2):
        assert own.power_on("card:1", [CONFIGURATION], NOW) == []
        assert bootstrapcfg.server_urls(own.tree) == [HTTPS]
    assert isinstance(own.fetched(HTTPS, 200, mime.DM_WBXML, MESSAGE, NOW)[0], AccountAdded)
    # It goes with its card; the account, which did not come from there, stays.
    assert own.power_on(None, [], NOW) == []
    assert bootstrapcfg.server_urls(own.tree) == []
    assert [account.server_id for account in dmacc.accounts(own.tree)] == ["dm.example.com"]


def test_what_came_from_a_cards_web_server_goes_with_the_card() -> None:
    own = device()
    events = own.fetched(fetch.SCWS_BIP_URL, 200, mime.DM_WBXML, MESSAGE, NOW, origin=web_server_of("card:1"))
    assert events[0] == AccountAdded("dm.example.com", "./DMAcc/dm.example.com", "scws:1")
    # Its files do not say it, and need not.
    assert own.power_on("card:1", [], NOW) == []
    assert own.power_on("card:1", [CONFIGURATION], NOW) == []
    assert [account.server_id for account in dmacc.accounts(own.tree)] == ["dm.example.com"]
    assert own.power_on("card:2", [], NOW) == [
        AccountRemoved("dm.example.com", "./DMAcc/dm.example.com", "scws:1")
    ]
    assert dmacc.accounts(own.tree) == []


def test_without_a_card_there_is_nothing_of_its_web_server() -> None:
    own = device()
    own.fetched(fetch.SCWS_IP_URL, 200, mime.DM_WBXML, MESSAGE, NOW, origin=web_server_of("card:1"))
    assert own.power_on(None, [], NOW, cards=False) == []
    assert len(own.power_on(None, [], NOW)) == 1
