"""DM messages in a trace: the line and the fields."""

from __future__ import annotations

import json

from hypothesis import given

from hil.trace.dmtext import as_json, package, summary
from simulator.syncml import message as dm
from tests import strategies


def message(*commands: dm.Command, final: bool = True) -> dm.SyncML:
    header = dm.SyncHdr("1.2", "DM/1.3", "1", "1", dm.Target("http://x/"), dm.Source("IMEI:1"))
    return dm.SyncML(header, dm.SyncBody(list(commands), final))


def item(uri: str) -> dm.Item:
    return dm.Item(target=dm.Target(uri))


def status(cmd: str, code: str, chal: dm.Chal | None = None) -> dm.Status:
    return dm.Status("1", "1", "0" if cmd == "SyncHdr" else "1", cmd, data=code, chal=chal)


def test_from_the_device() -> None:
    first = message(
        dm.Alert("1", data=b"1200"), dm.Replace("2", items=[item("./DevInfo/Man"), item("./DevInfo/Mod")])
    )
    assert summary(first, "out") == "package 1: Alert 1200, Replace ×2"
    third = message(status("SyncHdr", "212"), status("Get", "200"), status("Get", "404"), status("Add", "200"))
    assert summary(third, "out") == "package 3: header 212, Status 200 ×2, 404"


def test_from_the_server() -> None:
    chal = dm.Chal(dm.Meta(next_nonce="eA=="))
    challenged = message(status("SyncHdr", "407", chal), status("Alert", "407"), status("Replace", "407"))
    assert summary(challenged, "in") == "package 2: header 407 with a challenge, Status 407 ×2"
    work = message(
        status("SyncHdr", "212"), dm.Get("2", items=[item("./A")]), dm.Get("3", items=[item("./B")]), dm.Exec("4")
    )
    assert summary(work, "in") == "package 4: header 212, Get ×2, Exec"
    block = message(dm.Atomic("1", commands=[dm.Add("2"), dm.Delete("3")]), dm.Delete("4", items=[item("./A")]))
    assert summary(block, "in") == "package 4: Atomic of 2, Delete ./A"


def test_what_goes_on_and_what_is_empty() -> None:
    assert summary(message(dm.Alert("1", data="1222"), final=False), "in") == "package 4: Alert 1222 … (goes on)"
    assert summary(message(), "in") == "package 4: nothing"


def test_long_names_are_cut() -> None:
    assert len(summary(message(dm.Get("1", items=[item("./" + "x" * 5000)])), "in")) < 120


def test_fields_leave_out_what_is_absent() -> None:
    tree = as_json(message(dm.Add("1", items=[dm.Item(target=dm.Target("./A"), data=b"\x00\xff")])))
    assert isinstance(tree, dict)
    assert tree["sync_body"] == {
        "commands": [{"command": "Add", "cmd_id": "1", "items": [{"target": {"loc_uri": "./A"}, "data": "00ff"}]}],
        "final": True,
    }


@given(strategies.messages())
def test_any_message(one: dm.SyncML) -> None:
    json.dumps(as_json(one))
    assert summary(one, "in").startswith("package ")
    assert package(one, "out") in (1, 3)
    assert package(one, "in") in (2, 4)
