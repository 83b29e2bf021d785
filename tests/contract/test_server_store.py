"""What a DM server's store has to do, whichever it is; and what one in a file keeps."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.errors import PartBroke, UsageError
from hil.server.answer import Answer, Batch, pending
from hil.server.commands import ServerCommand, commands
from hil.server.kept import KeptStore, _dump, _load
from hil.server.settings import ANY_DEVICE, Credentials, DeviceAccount
from hil.server.store import MemoryStore, Store
from simulator.security.credentials import AuthType

ACCOUNT = DeviceAccount(
    client=Credentials("device", "secret", AuthType.MD5, b"\x00\xff"),
    server=Credentials("server", "ü", AuthType.BASIC),
)
OPEN = DeviceAccount(client=None, server=None)
ACCOUNTS = {"IMEI:1": ACCOUNT, "IMEI:2": OPEN}


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore(ACCOUNTS)
    else:
        kept = KeptStore(tmp_path / "server.state", ACCOUNTS)
        yield kept
        kept.close()


def batch(*names: str) -> Batch:
    return Batch(commands(*({"get": f"./{name}"} for name in names)))


def taken(store: Store, device_id: str) -> list[str]:
    return [one.command.act.uri[0][2:] for one in store.take(device_id)]  # type: ignore[union-attr]


def test_accounts(store: Store) -> None:
    assert store.account("IMEI:1") == ACCOUNT
    assert store.account("IMEI:2") == OPEN
    assert store.account("IMEI:3") is None


def test_an_account_for_all_others(tmp_path: Path) -> None:
    accounts = {**ACCOUNTS, ANY_DEVICE: ACCOUNT}
    kept = KeptStore(tmp_path / "state", accounts)
    for store in (MemoryStore(accounts), kept):
        assert store.account("IMEI:3") == ACCOUNT
        assert store.account("IMEI:2") == OPEN
    kept.close()


def test_nonces_by_device_and_level(store: Store) -> None:
    assert store.nonce("IMEI:1", "CLCRED") is None
    store.keep_nonce("IMEI:1", "CLCRED", b"one")
    store.keep_nonce("IMEI:1", "CLCRED", b"\x00two")
    store.keep_nonce("IMEI:1", "SRVCRED", b"")
    store.keep_nonce("a stranger", "CLCRED", b"three")
    assert store.nonce("IMEI:1", "CLCRED") == b"\x00two"
    assert store.nonce("IMEI:1", "SRVCRED") == b""
    assert store.nonce("IMEI:2", "CLCRED") is None


def test_commands_in_order_once(store: Store) -> None:
    store.queue(pending(batch("a", "b")), "IMEI:1")
    store.queue(pending(batch("c")), "IMEI:1")
    store.queue(pending(batch("x")), "IMEI:2")
    assert taken(store, "IMEI:1") == ["a", "b", "c"]
    assert taken(store, "IMEI:1") == []
    assert taken(store, "IMEI:2") == ["x"]


def test_commands_for_whoever_comes_next_follow_its_own(store: Store) -> None:
    store.queue(pending(batch("any")), None)
    store.queue(pending(batch("own")), "IMEI:1")
    assert taken(store, "IMEI:1") == ["own", "any"]
    assert taken(store, "IMEI:2") == []


def test_what_was_not_sent_comes_first_again(store: Store) -> None:
    store.queue(pending(batch("a", "b", "c")), "IMEI:1")
    first = store.take("IMEI:1")
    store.queue(pending(batch("d")), "IMEI:1")
    store.put_back("IMEI:1", first[1:])
    store.put_back("IMEI:1", [])
    assert taken(store, "IMEI:1") == ["b", "c", "d"]


def test_a_batch_learns_its_answers(store: Store) -> None:
    asked = batch("a", "b")
    store.queue(pending(asked), "IMEI:1")
    for one in reversed(store.take("IMEI:1")):
        one.settle(Answer(one.command, status=200))
    assert [str(answer.command) for answer in asked.answers] == ["Get ./a", "Get ./b"]
    assert asked.done


# -- in a file


def test_a_file_keeps_it_all(tmp_path: Path) -> None:
    path = tmp_path / "state"
    store = KeptStore(path, ACCOUNTS)
    store.keep_nonce("IMEI:1", "SRVCRED", b"\x01")
    store.queue(pending(batch("a", "b")), "IMEI:1")
    store.queue(pending(batch("any")), None)
    store.close()
    store.close()

    store = KeptStore(path)
    assert store.account("IMEI:1") == ACCOUNT
    assert store.account("IMEI:2") == OPEN
    assert store.nonce("IMEI:1", "SRVCRED") == b"\x01"
    assert taken(store, "IMEI:1") == ["a", "b", "any"]
    store.close()


def test_the_accounts_that_are_given_count(tmp_path: Path) -> None:
    path = tmp_path / "state"
    KeptStore(path, ACCOUNTS).close()
    store = KeptStore(path, {"IMEI:2": ACCOUNT})
    store.close()
    store = KeptStore(path)
    assert store.account("IMEI:1") is None
    assert store.account("IMEI:2") == ACCOUNT
    store.close()


def test_what_was_under_way_is_sent_again_and_what_was_answered_is_not(tmp_path: Path) -> None:
    path = tmp_path / "state"
    store = KeptStore(path, ACCOUNTS)
    store.queue(pending(batch("any")), None)
    store.queue(pending(batch("a", "b", "c")), "IMEI:1")
    under_way = store.take("IMEI:1")
    store.queue(pending(batch("later")), "IMEI:1")
    under_way[1].settle(Answer(under_way[1].command, status=200))
    store.close()

    store = KeptStore(path)
    again = store.take("IMEI:1")
    assert [str(one.command) for one in again] == ["Get ./a", "Get ./c", "Get ./any", "Get ./later"]
    assert store.take("IMEI:2") == []
    for one in again:
        one.settle(Answer(one.command, status=200))
    assert again[0].batch.done
    assert again[1].batch is again[0].batch
    store.close()
    store = KeptStore(path)
    assert store.take("IMEI:1") == []
    store.queue(pending(batch("new")), "IMEI:1")
    assert taken(store, "IMEI:1") == ["new"]
    store.close()


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("queue"), st.sampled_from([None, "1", "2"]), st.integers(1, 3)),
        st.tuples(st.just("take"), st.sampled_from(["1", "2"]), st.integers(0, 3)),
        st.tuples(st.just("nonce"), st.sampled_from(["1", "2"]), st.integers(0, 255)),
        st.tuples(st.just("open"), st.just("1"), st.just(0)),
    ),
    max_size=25,
)


@settings(max_examples=50, deadline=None)
@given(moves=MOVES)
def test_both_stores_do_the_same(
    tmp_path_factory: pytest.TempPathFactory, moves: list[tuple[str, str, int]]
) -> None:
    """A taken command is settled, or not sent and put back, before the next move."""
    path = tmp_path_factory.mktemp("store") / "state"
    memory: Store = MemoryStore({})
    kept = KeptStore(path, {})
    names = iter(map(str, range(1000)))
    try:
        for act, device_id, number in moves:
            match act:
                case "queue":
                    said = [next(names) for _ in range(number)]
                    for store in (memory, kept):
                        store.queue(pending(batch(*said)), device_id)
                case "take":
                    found = []
                    for store in (memory, kept):
                        all_ = store.take(device_id)
                        found.append([str(one.command) for one in all_])
                        for one in all_[:number]:
                            one.settle(Answer(one.command, status=200))
                        store.put_back(device_id, all_[number:])
                    assert found[0] == found[1]
                case "nonce":
                    for store in (memory, kept):
                        store.keep_nonce(device_id, "CLCRED", bytes([number]))
                case _:
                    kept.close()
                    kept = KeptStore(path)
            assert [memory.nonce(d, "CLCRED") for d in "12"] == [kept.nonce(d, "CLCRED") for d in "12"]
    finally:
        kept.close()


SAID: list[dict[str, object]] = [
    {
        "get": {
            "uri": ["./A", "./B?list=Struct"],
            "expect": {"status": [200, 404], "nodes": {"a/b": None, "c": "d"}},
        }
    },
    {"add": {"uri": "./A", "hex": "00ff80", "format": "bin"}},
    {"add": {"items": [{"uri": "./A", "value": "ü\u0000"}, {"uri": "./B", "hex": ""}]}},
    {"replace": {"uri": "./A", "tnds": {"A": {"nodes": {"B": {"hex": "ff"}, "C": "d"}}}}},
    {"exec": {"uri": "./A", "correlator": "c", "chunks": {"octets": 3}, "value": "x", "times": 9}},
    {"copy": {"from": "./A", "to": "./B"}},
    {"display": {"text": "Hello", "options": {"MINDT": 5}}},
    {"choose": {"text": "Which?", "choices": ["a", "b"]}},
    {"abort": {}},
    {"resp_uri": "http://dm.example.com/2"},
    {"atomic": [{"delete": "./A"}, {"sequence": [{"get": "./A"}]}]},
]


@pytest.mark.parametrize("said", SAID, ids=lambda said: next(iter(said)))
def test_every_command_comes_back(said: dict[str, object]) -> None:
    (command,) = commands(said)
    assert _load(_dump(command)) == command
    assert isinstance(_load(_dump(command)), ServerCommand)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE command SET command = '{}'",
        "UPDATE command SET command = 'no JSON'",
        "UPDATE command SET place = 'first'",
        "UPDATE credentials SET auth = 'handshake'",
        "UPDATE nonce SET nonce = 'text'",
        "DROP TABLE nonce",
    ],
)
def test_a_file_that_somebody_wrote_in_is_refused_and_left(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "state"
    store = KeptStore(path, ACCOUNTS)
    store.queue(pending(batch("a")), "IMEI:1")
    store.keep_nonce("IMEI:1", "CLCRED", b"n")
    store.close()
    with sqlite3.connect(path) as connection:
        connection.execute(damage)
    connection.close()
    before = path.read_bytes()
    with pytest.raises(UsageError, match="cannot be used as the state of a DM server"):
        KeptStore(path)
    assert path.read_bytes() == before


def test_nothing_is_forgotten_when_the_file_cannot_be_written(tmp_path: Path) -> None:
    store = KeptStore(tmp_path / "state", ACCOUNTS)
    store.queue(pending(batch("a")), "IMEI:1")
    store._database._connection.execute("PRAGMA query_only = ON")
    for act in (
        lambda: store.keep_nonce("IMEI:1", "CLCRED", b"n"),
        lambda: store.queue(pending(batch("b")), "IMEI:1"),
        lambda: store.take("IMEI:1"),
    ):
        with pytest.raises(PartBroke):
            act()
    store.close()
    store = KeptStore(tmp_path / "state")
    assert taken(store, "IMEI:1") == ["a"]
    store.close()
