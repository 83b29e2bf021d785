"""What a scenario can expect, each with what it says when it does not hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from hil.errors import ExitCode, InvalidFile
from hil.report.result import RunResult
from hil.rig.load import load_rig
from hil.scenario.load import load_scenario
from hil.scenario.runner import run_scenario

START = "name: x\nsteps:\n  - card.insert: operator-sim\n  - device.power_on\n  - expect.session: {alert: 1201}\n"
ACCOUNT = "./DMAcc/dm.example.com"


def play(tmp_path: Path, steps: str) -> RunResult:
    path = tmp_path / "s.yaml"
    path.write_text(START + steps.replace("ACCOUNT", ACCOUNT))
    return run_scenario(load_scenario(path), load_rig())


@pytest.mark.parametrize(
    ("step", "says"),
    [
        ("expect.node: {uri: ./DevInfo/Man, value: dmrig, format: chr, type: text/plain}", ""),
        ("expect.node: {uri: ./DevInfo/Man, contains: [rig, dm]}", ""),
        ("expect.node: {uri: ./DevInfo/Man, contains: [dm, x], within: 1 s}", "is 'dmrig', without 'x'"),
        ("expect.node: {uri: ./DevInfo/Man, format: bin, within: 1 s}",
         "the format of ./DevInfo/Man is 'chr', not 'bin'"),
        ("expect.node: {uri: ./DevInfo, format: node, acl: ''}", ""),
        ("expect.node: {uri: ./DevInfo, acl: 'Get=x', within: 1 s}", "the acl of ./DevInfo is '', not 'Get=x'"),
        ("expect.node: {uri: ./DevInfo/Man, version: 99, within: 1 s}", "the version of ./DevInfo/Man is"),
        ("expect.node: {uri: ./No, format: chr, within: 1 s}", "there is no node ./No"),
        ("expect.tree: {uri: ./DevInfo, nodes: {Man: dmrig, Mod: }, absent: No}", ""),
        ("expect.tree: {uri: ./DevInfo, nodes: {Man: x, No: }, absent: [Mod], within: 1 s}",
         "below ./DevInfo: Man is 'dmrig', not 'x'; there is no No; there is Mod"),
        ("expect.tree: {uri: ./DevInfo, nodes: {Man: , Mod: , Lang: , DmV: }, only: yes, within: 1 s}",
         "there is also DevId"),
        ("expect.tree: {uri: ./No, nodes: {A: }, within: 1 s}", "there is no A"),
        ("expect.header: {message: 1, cred: md5, ver_proto: DM/1.3, ver_dtd: '1.2', msg_id: 1, session: 1}", ""),
        ("expect.header: {by: server, message: 1, cred: md5}", ""),
        ("expect.header: {message: 1, cred: basic, ver_proto: DM/1.2}",
         "in message 1 of the device: cred is 'md5', not 'basic'; ver_proto is 'DM/1.3', not 'DM/1.2'"),
        ("expect.header: {message: 9}", "the device has sent"),
        ("expect.messages: {times: {device Alert: 1, device Replace: 5, server Add: 0}}", ""),
        ("expect.messages: {times: {device Alert: 2}}", "'device Alert' was said 1 times, not 2"),
        ("push.send: {type: text/plain, text: hello}\n  - expect.ignored: {what: push, because: text/plain}", ""),
        ("push.send: {octets: '00', port: 2948}\n  - expect.ignored: {because: nonsense, within: 1 s}",
         "the device ignored push:"),
        ("expect.ignored: {because: digest, within: 1 s}", "the device ignored nothing; expected was 'digest'"),
        ("server.notify: 167\n  - expect.session: {id: A7}\n  - expect.header: {session: 0xa7}", ""),
        ("server.notify: 0xA7\n  - expect.session: {id: 0x00A7}\n  - expect.header: {session: A7}", ""),
        ("server.notify: 16\n  - expect.session: {id: 10}", ""),
        ("server.notify: 10\n  - expect.session: {id: 10}",
         "the session's id is A, not 10: 10 in decimal is the SessionID A, say so or 0xA"),
        ("server.notify: 10\n  - expect.session: {id: 0x10}", "the session's id is A, not 0x10"),
        ("server.notify: 10\n  - expect.session\n  - expect.header: {session: 10}",
         "in message 1 of the device: session is A, not 10: 10 in decimal is the SessionID A, say so or 0xA"),
        ("modem.deliver: '00'\n  - expect.silence: 1 s", ""),
        ("wait: 10 s\n    not_before: 10 s", ""),
        ("expect.node: {uri: ./DevInfo/Man}\n    not_before: 10 s",
         "it held after 0 s, and not before 10 s was expected"),
    ],
)  # fmt: skip
def test_an_expectation(tmp_path: Path, step: str, says: str) -> None:
    result = play(tmp_path, f"  - {step}\n")
    if not says:
        assert result.passed, result.broken
        return
    assert result.broken is not None, "it held"
    assert result.code is ExitCode.EXPECTATION_FAILED, result.broken
    assert says in result.broken.message


def test_a_part_of_the_tree_is_waited_for(tmp_path: Path) -> None:
    add = "  - server.commands: [{add: {uri: ACCOUNT/Ext/A/B, value: one}}]\n  - server.notify: 7\n"
    result = play(tmp_path, add + "  - expect.tree: {uri: ACCOUNT/Ext, nodes: {A: , A/B: one}, only: yes}\n")
    assert result.passed, result.broken


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (
            "server.notify: A7",
            "a number is expected, decimal, or hexadecimal with 0x in front; did you mean 0xA7?",
        ),
        ("server.notify: 0xG", "a number is expected, decimal, or hexadecimal with 0x in front (here: '0xG')"),
        ("expect.session: {id: 0xG}", "hexadecimal digits are expected after 0x (here: '0xG')"),
    ],
)
def test_a_session_id_that_is_none(tmp_path: Path, step: str, says: str) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(f"{START}  - {step}\n")
    with pytest.raises(InvalidFile) as error:
        load_scenario(path)
    assert says in str(error.value.mistakes[0])
