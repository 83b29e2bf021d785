"""The standards file: what it says by default, what it may say, and what says it wrongly."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import BaseModel

from hil.device.model import DeviceModel
from hil.errors import InvalidFile, UsageError
from hil.standards import Standards, current, default, load_standards, using
from simulator.bootstrap.mac import Hash, NetworkId
from simulator.device.wakeup import Assumptions
from simulator.errors import CodecError
from simulator.notification.message import Notification, decode, encode
from simulator.notification.v13 import PROPOSED
from simulator.push.terminal import TerminalSettings
from simulator.security.mac import Formula, Integrity
from simulator.session.settings import SessionSettings
from simulator.tree import Tree, TreeOptions
from simulator.tree.model import empty
from simulator.tree.options import RelativeForm

ROOT = Path(__file__).parents[2]
MEDIA_13 = "application/vnd.syncml.dm.notification"
OTHER_HEADER = """\
notification:
  header:
    - {field: VER, bits: 4}
    - {field: OPTION-COUNT, bits: 5}
    - {field: UI-MODE, bits: 3}
    - {field: SESSIONID, bits: 16}
    - {field: TIMEOUT, bits: 16}
    - {field: TIMESTAMP, bits: 40}
    - {field: DIGEST-TYPE, bits: 4}
  option_header: [{field: NUMBER, bits: 8}, {field: LENGTH, bits: 16}]
  digest: sha256
  fixed: {INITIATOR: 1}
"""


def said(tmp_path: Path, text: str) -> Standards:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    return load_standards(str(path))


def keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    found: list[str] = []
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found += keys(inner, f"{prefix}{name}.")
        else:
            found.append(f"{prefix}{name}")
    return found


def test_the_default_file_says_what_the_core_assumes() -> None:
    assert default().layout.header.fields == PROPOSED.header.fields
    assert default().layout.option_header.fields == PROPOSED.option_header.fields
    assert (default().layout.digests, default().layout.version) == (PROPOSED.digests, PROPOSED.version)
    assert default().hash_name == Notification("", 0).hash_name
    assert default().assumptions.default_nonces == Assumptions().default_nonces
    assert default().mac == Integrity()
    assert default().tree_options == TreeOptions()
    assert default().push.refused_status == TerminalSettings().refused_status
    settings = SessionSettings()
    session = default().session
    assert (session.ver_proto, session.ver_dtd) == (settings.ver_proto, settings.ver_dtd)
    assert session.cache_control == settings.cache_control
    assert (default().bootstrap.mac_hash, default().bootstrap.network_id) == (Hash.SHA1, NetworkId.SEMI_OCTETS)


def test_every_key_has_a_line_in_the_docs_and_the_other_way_round() -> None:
    text = (ROOT / "docs" / "standards.md").read_text()
    table = text[text.index("| key |") : text.index("## In the code")]
    assert re.findall(r"^\| `([a-z_.]+)` \|", table, re.MULTILINE) == keys(Standards)


def test_a_file_says_only_what_differs(tmp_path: Path) -> None:
    mine = said(tmp_path, "integrity: {formula: hmac-sha256}\nsession: {ver_proto: DM/1.3.1}\ntree:\n")
    assert mine.mac == Integrity(Formula.HMAC_SHA256, "SHA256")
    assert mine.session.cache_control == "private"
    assert mine.ver_protos == ("DM/1.3.1", "DM/1.3", "DM/1.2", "DM/1.1")
    assert (mine.notification, mine.tree) == (default().notification, default().tree)
    assert said(tmp_path, "") == default()
    assert said(tmp_path, "notification: {digest_types: {3: sha256}}").layout.digests[3] == "sha256"


@pytest.mark.parametrize(
    ("text", "place", "message", "nearest"),
    [
        ("notifications: {}\n", (1, 1), "'notifications' is no word here", "notification"),
        ("integrity:\n  formular: x\n", (2, 3), "'formular' is no word here", "formula"),
        ("integrity:\n  formula: hmac-sha265\n", (2, 12), "is not one of", "hmac-sha256"),
        (
            "notification:\n  option_header: [{field: NUMBR, bits: 4}, {field: LENGTH, bits: 12}]\n",
            (2, 27),
            "'NUMBR' is not one of",
            "NUMBER",
        ),
        (OTHER_HEADER.replace("bits: 40", "bits: 39"), (2, 3), "which do not fill whole octets", None),
        (OTHER_HEADER.replace("SESSIONID", "TIMEOUT"), (2, 3), "has TIMEOUT twice", None),
        (OTHER_HEADER.replace("OPTION-COUNT", "RESERVED"), (2, 3), "has no OPTION-COUNT", None),
        (OTHER_HEADER.replace("NUMBER", "RESERVED"), (2, 3), "the option header has no NUMBER", None),
        ("notification: {version: 256}\n", (1, 15), "does not fit VER", None),
        ("notification: {digest_types: {1: sha256}}\n", (1, 15), "md5 is none of the digest types", None),
        ("session: {default_nonces: []}\n", (1, 27), "at least one nonce", None),
        ("session:\n  default_nonces: [0q]\n", (2, 20), "hex digits", None),
        ("tree: {relative_form: {mark: MOID}}\n", (1, 30), "could stand in any URI", None),
        ("tree: {unknown_object_status: 200}\n", (1, 31), "400", None),
        ("push: {refused_status: 400}\n", (1, 24), "400 says something else: Accepted", None),
        ("- a\n", (1, 1), "names what differs", None),
    ],
)
def test_a_mistake_has_its_place(
    tmp_path: Path, text: str, place: tuple[int, int], message: str, nearest: str | None
) -> None:
    with pytest.raises(InvalidFile) as error:
        said(tmp_path, text)
    (mistake,) = error.value.mistakes
    assert ((mistake.line, mistake.column), mistake.nearest) == (place, nearest)
    assert message in mistake.message
    assert mistake.path == tmp_path / "mine.yaml"


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(UsageError, match="no file 'defualt'") as error:
        load_standards("defualt")
    assert error.value.hint == "did you mean 'default'?"


def test_both_ends_follow_another_layout(tmp_path: Path) -> None:
    layout = said(tmp_path, OTHER_HEADER).layout
    stamp = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
    notification = Notification("srv", 0x1234, timestamp=stamp, timeout_days=300, hash_name="sha256")
    octets = encode(notification, "pw", b"n", layout=layout)
    assert len(octets) == 11 + 3 + 3 + 32
    read = decode(MEDIA_13, octets, layout=layout)
    assert (read.session_id, read.timestamp, read.timeout_days) == (0x1234, stamp, 300)
    with pytest.raises(CodecError):
        decode(MEDIA_13, octets)


@pytest.mark.parametrize(
    ("mode", "stamp", "says"), [(7, 0, "UI-MODE is 7, which means nothing"), (1, 1 << 39, "after the year 9999")]
)
def test_values_that_mean_nothing_are_refused(tmp_path: Path, mode: int, stamp: int, says: str) -> None:
    layout = said(tmp_path, OTHER_HEADER).layout
    values = {"VER": 1, "OPTION-COUNT": 1, "UI-MODE": mode, "TIMESTAMP": stamp, "SESSIONID": 1}
    octets = layout.header.write(values) + layout.option_header.write({"NUMBER": 1, "LENGTH": 1}) + b"s"
    with pytest.raises(CodecError, match=says):
        decode(MEDIA_13, octets, layout=layout)


def test_relative_uris_with_other_punctuation() -> None:
    form = RelativeForm(mark=";object=", pair=";", equals=":", path="!")
    tree = Tree(empty(options=TreeOptions(relative_form=form)))
    for name in ("a", "b"):
        tree.add(f"./X/{name}", format="node", type="urn:x:1.0")
        tree.add(f"./X/{name}/Id", value=f"{name}:1")
        tree.add(f"./X/{name}/Sub/Leaf", value=f"leaf of {name}")
    assert tree.resolve(".;object=urn:x:1.0;Id:b%3A1!Sub/Leaf") == "./X/b/Sub/Leaf"
    assert tree.resolve("./X/a;object=urn:x:1.0") == "./X/a"


def test_a_device_is_made_as_the_file_says(tmp_path: Path) -> None:
    text = OTHER_HEADER + (
        "session: {ver_proto: DM/9, cache_control: no-store, default_nonces: ['aabb']}\n"
        "integrity: {algorithm: HMAC-SHA-256}\ntree: {mo_root_data: direct, relative_uris: no}\n"
    )
    with using(said(tmp_path, text)):
        device = DeviceModel().device(bytes)
        old = DeviceModel(protocol="DM/1.2").device(bytes)
    assert current() == default()
    assert (device.settings.ver_proto, old.settings.ver_proto) == ("DM/9", "DM/1.2")
    assert "DM/9" in device.settings.known_protos
    assert device.settings.cache_control == "no-store"
    assert device.settings.integrity.algorithm == "HMAC-SHA-256"
    assert device.assumed.default_nonces == (b"\xaa\xbb",)
    assert device.assumed.layout.header.octets == 11
    assert (device.tree.base.options.mo_root_data, device.tree.base.options.relative_uris) == ("direct", False)
