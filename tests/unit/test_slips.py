"""What a peer says wrong: one rule changes what it is for, and nothing else."""

from __future__ import annotations

import pytest

from hil.slips import PUT_COMMAND, PUT_HEADER, Slip, Slips
from simulator.codes import mime
from simulator.syncml import message as dm
from simulator.syncml.encoding import Encoding, decode, encode


def a_message() -> dm.SyncML:
    item = dm.Item(target=dm.Target("./A"), source=dm.Source("./B"), meta=dm.Meta(format="chr"), data="one")
    inner = dm.Add("5", items=[dm.Item(target=dm.Target("./C"), data="two")])
    return dm.SyncML(
        dm.SyncHdr("1.2", "DM/1.3", "7", "2", dm.Target("http://s"), dm.Source("IMEI:1")),
        dm.SyncBody(
            [
                dm.Status("1", "1", "0", "SyncHdr", chal=dm.Chal(dm.Meta(next_nonce="eA==")), data="212"),
                dm.Status("2", "1", "3", "Add", target_ref=["./A"], data="418"),
                dm.Replace("3", items=[item]),
                dm.Atomic("4", commands=[inner]),
                dm.Alert("6", data="1226", items=[dm.Item(data="x")]),
            ],
            final=True,
        ),
    )


def after(slip: dict[str, object], times: int = 1, encoding: Encoding = Encoding.WBXML) -> dm.SyncML:
    slips = Slips((Slip.model_validate(slip),))
    for _ in range(times):
        body = slips.body(encode(a_message(), encoding), encoding.mime)
    return decode(body, encoding.mime)[0]


@pytest.mark.parametrize("encoding", Encoding)
def test_what_stands_there_instead(encoding: Encoding) -> None:
    message = after({"of": "Status Add 418", "put": {"Data": "200"}}, encoding=encoding)
    expected = a_message()
    status = expected.sync_body.commands[1]
    assert isinstance(status, dm.Status)
    status.data = "200"
    assert encode(message, encoding) == encode(expected, encoding)


@pytest.mark.parametrize("name", PUT_HEADER)
def test_each_part_of_a_header_can_be_put(name: str) -> None:
    hdr = after({"of": "SyncHdr", "put": {name: "99"}}).sync_hdr
    assert "99" in str(hdr)
    assert after({"of": "SyncHdr", "put": {"Cred": ""}}) == after({"of": "Get", "left_out": True})


@pytest.mark.parametrize("name", PUT_COMMAND)
def test_each_part_of_a_command_can_be_put(name: str) -> None:
    of = {"Correlator": "Alert", "Item/Data": "Replace", "Item/Target": "Replace", "Item/Source": "Replace"}
    of["Chal/NextNonce"] = "Status SyncHdr"
    of |= {f"Item/Meta/{field}": "Replace" for field in ("Format", "Type", "Size", "Mark")}
    message = after({"of": of.get(name, "Status Add"), "put": {name: "99"}})
    assert sum("99" in str(command) for command in message.sync_body.commands) == 1


def test_commands_within_others_are_found() -> None:
    atomic = after({"of": "Add ./C", "left_out": True}).sync_body.commands[3]
    assert isinstance(atomic, dm.Atomic)
    assert atomic.commands == []


def test_left_out_and_twice() -> None:
    assert not after({"of": "Final", "left_out": True}).sync_body.final
    assert len(after({"of": "Status", "left_out": True}).sync_body.commands) == 3
    assert len(after({"of": "Status", "twice": True}).sync_body.commands) == 7


def test_only_so_often() -> None:
    once_later: dict[str, object] = {"of": "Alert", "left_out": True, "after": 1, "times": 1}
    assert [len(after(once_later, times).sync_body.commands) for times in (1, 2, 3)] == [5, 4, 5]


def test_headers() -> None:
    slips = Slips((Slip(of="HTTP", put={"accept": "", "User-Agent": "other"}),))
    assert slips.headers({"Accept": "x", "user-agent": "dmrig", "Host": "h"}) == {
        "User-Agent": "other",
        "Host": "h",
    }


@pytest.mark.parametrize("body", [b"", b"no message", b"<SyncML/>", b"\x03\x01", b"<html>not here</html>"])
def test_what_is_no_message_passes(body: bytes) -> None:
    assert Slips((Slip(of="Status", left_out=True),)).body(body, mime.DM_WBXML) == body


def test_what_no_slip_is_for_stays_octet_for_octet() -> None:
    odd = encode(a_message(), Encoding.XML).replace(b"<Final/>", b"<Final />\n")
    assert b"<Final />" in odd
    assert Slips((Slip(of="Get", left_out=True),)).body(odd, mime.DM_XML) == odd
