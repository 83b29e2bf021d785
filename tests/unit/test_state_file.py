"""State files: what is refused and left as it is, what is kept when, and models that change in between."""

from __future__ import annotations

import random
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from hil.errors import PartBroke, UsageError
from hil.server.kept import KeptStore
from hil.state.device import FORMAT, DeviceFile
from hil.state.durability import Durability
from simulator.codes.alert import AlertCode
from simulator.device import Device
from simulator.objects import dmacc, standard
from simulator.objects.devinfo import DevInfo
from simulator.tree import Tree
from simulator.tree.node import Value
from tests.device_state import BOOTSTRAP, DEV_ID, NOW, SERVER_ID, a_device, everything

ROOT = Path(__file__).parents[2]


def refused(path: Path, *words: str, device: Device | None = None) -> None:
    """Opening fails with these words, and leaves every byte."""
    before = path.read_bytes() if path.is_file() else None
    beside = sorted(path.parent.iterdir())
    with pytest.raises(UsageError) as caught:
        DeviceFile(path, device or a_device())
    for word in (str(path), *words):
        assert word in str(caught.value)
    assert caught.value.hint
    assert (path.read_bytes() if path.is_file() else None) == before
    assert sorted(path.parent.iterdir()) == beside


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "device.state"


@pytest.fixture
def kept(path: Path) -> Path:
    """A file with a device in it."""
    device = a_device()
    file = DeviceFile(path, device)
    device.bootstrap(BOOTSTRAP, origin="card:1", now=NOW)
    file.close()
    return path


def write(path: Path, sql: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(sql)
    connection.commit()
    connection.close()


# -- files that cannot be used


@pytest.mark.parametrize(
    "content", [b"x", b"SQLite format 3\0", b"SQLite format 3\0" + bytes(50), b"name: x\n" * 100]
)
def test_what_is_no_database(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    refused(path, "is no database")


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_another_programs_database(path: Path, mode: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA journal_mode = {mode}")
    connection.execute("CREATE TABLE node (uri TEXT)")
    connection.close()
    refused(path, "not the state of a device")


def test_the_state_of_a_server(path: Path) -> None:
    KeptStore(path, {}).close()
    refused(path, "not the state of a device")


def test_a_newer_version(kept: Path) -> None:
    write(kept, f"PRAGMA user_version = {FORMAT.version + 1}")
    refused(kept, "newer dmrig", str(FORMAT.version + 1))


def test_a_folder_and_a_place_that_is_not_there(tmp_path: Path) -> None:
    refused(tmp_path, "directory")
    with pytest.raises(UsageError, match="No such file"):
        DeviceFile(tmp_path / "missing" / "state", a_device())


@pytest.mark.parametrize("keep", [100, 4096, 0.5, 0.9])
def test_a_file_that_was_cut(kept: Path, keep: float) -> None:
    content = kept.read_bytes()
    kept.write_bytes(content[: int(keep if keep > 1 else len(content) * keep)])
    refused(kept, "damaged")


def test_pages_that_were_written_over(kept: Path) -> None:
    content = kept.read_bytes()
    chance = random.Random(3)
    found = 0
    for _ in range(40):
        at = chance.randrange(100, len(content) - 1000)
        kept.write_bytes(content[:at] + chance.randbytes(1000) + content[at + 1000 :])
        before = kept.read_bytes()
        try:
            DeviceFile(kept, a_device()).abandon()
        except UsageError:
            found += 1
            assert kept.read_bytes() == before
    assert found > 10


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("UPDATE node SET format = 'colour' WHERE value IS NOT NULL", "no format"),
        ("UPDATE node SET uri = './a//b' WHERE uri LIKE '%/ServerID'", "no URI"),
        ("UPDATE node SET ver_no = 'one'", "ver_no"),
        ("UPDATE node SET tstamp = 'yesterday'", "yesterday"),
        ("UPDATE node SET children = NULL", "neither a leaf nor"),
        ("DELETE FROM node WHERE uri = './DMAcc'", "not listed"),
        ("DELETE FROM node WHERE uri LIKE './DMAcc/%/AppAuth'", "does not exist"),
        ("UPDATE node SET computed = './DevInfo/Man' WHERE uri LIKE '%/ServerID'", "worked out"),
        ("UPDATE acl SET acl = 'Everything=*'", "ACL"),
        ("INSERT INTO acl VALUES ('.', '')", "the root"),
        ("UPDATE due SET alert = 1", "1"),
        ("UPDATE counter SET value = 0.5", "value"),
        ("UPDATE device SET dev_id = 'IMEI:2'", "IMEI:2"),
        ("DELETE FROM device", "nobody"),
        ("DROP TABLE origin", "origin"),
    ],
)
def test_rows_that_no_device_has(kept: Path, sql: str, says: str) -> None:
    write(kept, sql)
    refused(kept, says)


def test_the_state_of_another_device(kept: Path) -> None:
    other = Device(standard.model(DevInfo("IMEI:2", "dmrig", "generic")), random=random.Random(1).randbytes)
    refused(kept, DEV_ID, "IMEI:2", device=other)


def test_a_file_that_is_in_use_here(kept: Path) -> None:
    file = DeviceFile(kept, a_device())
    with pytest.raises(UsageError, match="in use by this process"):
        DeviceFile(kept.parent / "." / kept.name, a_device())
    file.close()
    DeviceFile(kept, a_device()).close()


def test_a_file_that_is_in_use_elsewhere(kept: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from hil.state.device import DeviceFile; "
        "from tests.device_state import a_device; file = DeviceFile(Path(sys.argv[1]), a_device()); "
        "print('open', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", script, str(kept)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(UsageError, match="in use by another process"):
            DeviceFile(kept, a_device())
        other.kill()
    DeviceFile(kept, a_device()).close()


# -- files that can


def test_a_new_file_is_its_owners_alone(path: Path) -> None:
    file = DeviceFile(path, a_device())
    assert file.new
    modes = [stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()]
    assert set(modes) == {0o600}
    file.close()
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("made_by", ["touch", "sqlite"])
def test_an_empty_file_is_a_new_one(path: Path, made_by: str) -> None:
    path.touch()
    if made_by == "sqlite":
        # An empty database of one page, as a process leaves it that was killed while it made the file.
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("COMMIT")
        connection.close()
    file = DeviceFile(path, a_device())
    assert file.new
    file.close()


def test_a_file_named_like_sqlites_memory_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    DeviceFile(Path(":memory:"), a_device()).close()
    assert (tmp_path / ":memory:").stat().st_size > 0


def test_every_commit_is_synchronous(path: Path) -> None:
    file = DeviceFile(path, a_device())
    connection = file._database._connection
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    file.close()


def test_after_a_failed_write_nothing_is_written_any_more(kept: Path) -> None:
    before = a_device()
    DeviceFile(kept, before).abandon()
    device = a_device()
    file = DeviceFile(kept, device)
    connection = file._database._connection
    connection.execute("PRAGMA query_only = ON")
    device.tree.add("./A", value="1")
    with pytest.raises(PartBroke, match="cannot be written"):
        device.on_change()
    connection.execute("PRAGMA query_only = OFF")
    device.tree.add("./B", value="2")
    with pytest.raises(PartBroke, match="not written any more"):
        device.on_change()
    file.close()
    again = a_device()
    DeviceFile(kept, again).close()
    # B without A would be a state that never was.
    assert everything(again) == everything(before)


@pytest.mark.parametrize(
    ("durability", "in_session", "after"),
    [("command", True, True), ("session", False, True), ("none", False, False)],
)
def test_durability(path: Path, durability: str, in_session: bool, after: bool) -> None:
    def found() -> bool:
        copy = path.with_name("copy")
        for suffix in ("", "-wal"):
            source = path.with_name(path.name + suffix)
            path.with_name(copy.name + suffix).write_bytes(source.read_bytes() if source.exists() else b"")
        device = a_device()
        DeviceFile(copy, device).abandon()
        return device.tree.exists("./A")

    device = a_device()
    file = DeviceFile(path, device, Durability(durability))
    device.bootstrap(BOOTSTRAP, origin="card:1", now=NOW)
    session = device.open_session(SERVER_ID, alert=AlertCode.CLIENT_INITIATED_MGMT, now=NOW)
    session.start(NOW)
    device.tree.add("./A", value="1")
    device.on_change()
    assert found() is in_session
    session.fail("no network", NOW)
    assert found() is after
    file.close()
    assert found()


# -- models that change


def with_more(add: Callable[[Tree], object]) -> Device:
    tree = Tree(a_device().tree.base)
    add(tree)
    return Device(tree.model, random=random.Random(1).randbytes)


def test_what_a_newer_model_has_is_there_beside_what_was_kept(path: Path) -> None:
    device = a_device()
    file = DeviceFile(path, device)
    device.bootstrap(BOOTSTRAP, origin="card:1", now=NOW)
    device.tree.add("./Own", value="mine")
    device.tree.delete("./DevInfo/Lang")
    file.close()

    def add(tree: Tree) -> None:
        tree.add("./New/Leaf", value="new")
        tree.add("./DevInfo/Ext/More", value="more")

    newer = with_more(add)
    DeviceFile(path, newer).close()
    assert newer.tree.value("./New/Leaf") == "new"
    assert newer.tree.value("./DevInfo/Ext/More") == "more"
    assert newer.tree.value("./Own") == "mine"
    assert not newer.tree.exists("./DevInfo/Lang")
    assert dmacc.find(newer.tree, SERVER_ID) is not None
    assert {"DMAcc", "New", "Own"} <= set(newer.tree.get(".").children)
    assert newer.tree.store.count == len(list(newer.tree.walk()))


def test_what_a_newer_model_has_below_a_node_that_was_deleted_is_not_there(path: Path) -> None:
    device = with_more(lambda tree: tree.add("./Old/Leaf", value="old"))
    file = DeviceFile(path, device)
    device.tree.delete("./Old")
    file.close()

    def add(tree: Tree) -> None:
        tree.add("./Old/Leaf", value="old")
        tree.add("./Old/New/Leaf", value="new")

    newer = with_more(add)
    DeviceFile(path, newer).close()
    for uri in ("./Old", "./Old/Leaf", "./Old/New", "./Old/New/Leaf"):
        assert not newer.tree.exists(uri)
    assert newer.tree.store.count == len(list(newer.tree.walk()))


def test_what_an_older_model_has_not(path: Path) -> None:
    device = with_more(lambda tree: tree.add("./New", value="new"))
    file = DeviceFile(path, device)
    device.tree.add("./Own", value="mine")
    file.close()
    older = a_device()
    DeviceFile(path, older).close()
    assert older.tree.value("./Own") == "mine"
    assert "New" not in older.tree.get(".").children


def test_a_value_that_is_worked_out_goes_on_being_worked_out(path: Path) -> None:
    def clock(now: datetime | None) -> Value:
        return now.isoformat() if now is not None else ""

    def add(tree: Tree) -> None:
        tree.add("./Clock", value=clock)

    device = with_more(add)
    file = DeviceFile(path, device)
    device.tree.set_title("./Clock", "What time it is")
    device.tree.rename("./Clock", "Watch")
    device.tree.now = NOW
    device.tree.add("./Fixed", value=lambda now: "only here")
    file.close()

    again = with_more(add)
    DeviceFile(path, again).close()
    again.tree.now = NOW.replace(year=2040)
    assert again.tree.value("./Watch") == NOW.replace(year=2040).isoformat()
    assert again.tree.get("./Watch").title == "What time it is"
    assert again.tree.value("./Fixed") == "only here"
