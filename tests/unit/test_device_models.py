"""Device model files: descriptions, values, nodes and objects; what is wrong with them has its place."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from hil import data, objects
from hil.device.model import DeviceModel, load_device
from hil.errors import InvalidFile
from simulator.ddf import wbxml
from simulator.errors import TreeError
from simulator.session.commands.context import ExecRequest
from simulator.tree import ddf

ROOT = Path(__file__).parents[2]
LAMP = (ROOT / "fixtures" / "devices" / "lamp.ddf").read_bytes()


def said(folder: Path, text: str) -> DeviceModel:
    (folder / "mine.yaml").write_text(text)
    return load_device("mine.yaml", folder)


def test_devices_that_come_with_dmrig_can_be_made() -> None:
    for name in data.names("devices"):
        assert load_device(name, Path()).device(bytes).tree.value("./DevInfo/DevId")


def test_a_device_is_what_its_description_says() -> None:
    device = load_device("lamp", Path()).device(bytes)
    tree = device.tree
    assert (tree.value("./Lamp/Brightness"), tree.value("./Lamp/Serial")) == ("80", "L-0042")
    assert tree.value("./Lamp/Schedule/summer/Until") == "05:00:00"
    assert (tree.value("./DevInfo/Man"), tree.get("./Lamp").type) == ("Nobody", "urn:example:mo:lamp:1.0")
    with pytest.raises(TreeError):
        tree.add("./Other", value="x", server="s")


def test_a_description_in_wbxml_and_a_root_that_is_open(tmp_path: Path) -> None:
    (tmp_path / "lamp.wbxml").write_bytes(wbxml.encode(ddf.decode(LAMP)))
    device = said(tmp_path, "ddf: [lamp.wbxml]\nopen: yes\n").device(bytes)
    assert device.tree.value("./Lamp/Brightness") == "80"
    device.tree.add("./Other", value="x", server="s")


def test_a_description_takes_the_place_of_the_standards_object(tmp_path: Path) -> None:
    text = """<MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD><Node><NodeName>DevDetail</NodeName>
    <DFProperties><AccessType><Get/></AccessType><DFFormat><node/></DFFormat></DFProperties>
    <Node><NodeName>FwV</NodeName><DFProperties><DFFormat><chr/></DFFormat></DFProperties></Node></Node></MgmtTree>"""
    (tmp_path / "detail.ddf").write_text(text)
    tree = said(tmp_path, "ddf: detail.ddf\nfw_v: '7'\n").device(bytes).tree
    assert tree.get("./DevDetail").children == ("FwV",)
    assert tree.value("./DevDetail/FwV") == "7"
    assert tree.get("./DevInfo").children[0] == "DevId"
    assert load_device("generic", Path()).device(bytes).tree.exists("./DevDetail/LrgObj")


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "nearest"),
    [
        ("ddf: none.ddf\n", 1, 1, "cannot read", None),
        ("ddf: broken.ddf\n", 1, 1, "not well-formed XML", None),
        ("ddf: lamp.ddf\nvalues:\n  ./Lamp/Ghost: x\n", 3, 3, "no node ./Lamp/Ghost", None),
        ("ddf: lamp.ddf\nvalues:\n  ./Lamp/Brightness: bright\n", 3, 3, "no value of format int", None),
        ("nodes:\n  - {uri: ./A, values: x}\n", 2, 16, "'values' is no word here", "value"),
        ("nodes:\n  - {uri: ./A, format: inn, value: '1'}\n", 2, 24, "'inn' is not one of", "int"),
        ("nodes:\n  - {uri: ./A, format: int, value: x}\n", 2, 5, "'x' is no value of format int", None),
        ("nodes:\n  - {uri: ./A, value: x, hex: '00'}\n", 2, 5, "give either 'value' or 'hex'", None),
        ("nodes:\n  - {uri: ./A, format: node, value: x}\n", 2, 5, "has no value", None),
        ("nodes:\n  - {uri: ./A/../B}\n", 2, 11, "no URI of a node", None),
        ("nodes:\n  - {uri: .}\n", 2, 11, "the root is there already", None),
        ("nodes:\n  - {uri: ./A, acl: Gett=*}\n", 2, 5, "in an ACL", None),
        ("nodes:\n  - {uri: ./A, access: [Gte]}\n", 2, 25, "'Gte' is not one of", "Get"),
        ("nodes:\n  - {uri: ./A, clock: '%H', appears: 1 s}\n", 2, 5, "leave out 'appears'", None),
        ("nodes:\n  - {uri: ./A, cycle: {values: [], every: 1 s}}\n", 2, 32, "at least 1 entry", None),
        ("nodes:\n  - {uri: ./A, cycle: {values: [a], every: 0 s}}\n", 2, 44, "longer than nothing", None),
        ("nodes:\n  - uri: ./A\n    changes:\n      - {on: x}\n", 4, 9, "one of 'value'", None),
        ("nodes:\n  - uri: ./A\n    appears: {onn: x}\n", 3, 15, "'onn' is no word here", "on"),
        ("objects:\n  fumoo:\n", 2, 3, "there is no object 'fumoo'", "fumo"),
        ("objects:\n  fumo: {memry: 7}\n", 2, 10, "'memry' is no word here", "memory"),
        (
            "objects:\n  fumo: {packages: {'http://x': {downlod: 1 s}}}\n",
            2,
            34,
            "'downlod' is no word",
            "download",
        ),
        ("objects:\n  fumo: {pause: soon}\n", 2, 17, "no length of time", None),
        ("objects:\n  fumo: {at: [./A/..]}\n", 2, 3, "no URI of a node", None),
        ("objects:\n  fumo: {acl: Do=*}\n", 2, 3, "in an ACL", None),
    ],
)
def test_a_mistake_has_its_place(
    tmp_path: Path, text: str, line: int, column: int, message: str, nearest: str | None
) -> None:
    (tmp_path / "lamp.ddf").write_bytes(LAMP)
    (tmp_path / "broken.ddf").write_bytes(LAMP[:-20])
    with pytest.raises(InvalidFile) as error:
        said(tmp_path, text)
    first = error.value.mistakes[0]
    assert message in first.message
    assert (first.line, first.column, first.nearest) == (line, column, nearest)


# -- objects of other packages

SWITCH = """
from simulator.behaviour.objects import ManagedObject, kind_from_ddf
from dataclasses import dataclass
from pathlib import Path

@dataclass(frozen=True)
class Settings:
    start: str = "off"

class Switch(ManagedObject):
    kind = kind_from_ddf(Path(__file__).with_name("switch.ddf").read_bytes(), "urn:x:switch:1.0")
    Settings = Settings

    def values(self):
        return {"Position": self.settings.start}

    def execute(self, device, root, path, request):
        if path != "Toggle":
            return 406
        now = device.tree.value(f"{root}/Position")
        device.tree.replace(f"{root}/Position", "on" if now == "off" else "off")
        return 200

class NoObject:
    pass
"""
SWITCH_DDF = """<MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD><Node><NodeName>Switch</NodeName>
<DFProperties><AccessType><Get/></AccessType><DFFormat><node/></DFFormat><DFType>
<DDFName>urn:x:switch:1.0</DDFName></DFType></DFProperties>
<Node><NodeName>Position</NodeName><DFProperties><DFFormat><chr/></DFFormat></DFProperties></Node>
<Node><NodeName>Toggle</NodeName><DFProperties><AccessType><Exec/></AccessType><DFFormat><null/></DFFormat>
</DFProperties></Node></Node></MgmtTree>"""
POINTS = """[dmrig.objects]
switch = switch_object:Switch
broken = switch_object:Nothing
missing = no_such_module:X
other = switch_object:NoObject
fumo = switch_object:Switch
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Another package that brings objects, as pip would put it there."""
    site = tmp_path / "site"
    info = site / "switch_object-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "switch_object.py").write_text(SWITCH)
    (site / "switch.ddf").write_text(SWITCH_DDF)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: switch-object\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(POINTS)
    monkeypatch.syspath_prepend(str(site))
    objects.forget()
    yield tmp_path
    monkeypatch.undo()
    objects.forget()


def test_an_object_of_another_package(installed: Path) -> None:
    device = said(installed, "objects: {switch: {at: [./Wall/Left, ./Wall/Right], start: 'on'}}\n").device(bytes)
    assert device.tree.get("./Wall/Left").acl == "Exec=*&Get=*&Replace=*"
    toggle = device.operations["./Wall/Left/Toggle"]
    assert toggle(ExecRequest("./Wall/Left/Toggle", None, None)) == 200
    assert [device.tree.value(f"./Wall/{side}/Position") for side in ("Left", "Right")] == ["off", "on"]
    usual = said(installed, "objects: {switch: }\n").device(bytes)
    assert usual.tree.value("./Switch/Position") == "off"
    none = said(installed, "objects: {switch: {at: []}}\n").device(bytes)
    assert not none.tree.exists("./Switch")


@pytest.mark.parametrize(
    ("name", "message"),
    [("broken", "cannot be loaded"), ("missing", "cannot be loaded"), ("other", "is no kind of ManagedObject")],
)
def test_an_object_that_cannot_be_used(installed: Path, name: str, message: str) -> None:
    with pytest.raises(InvalidFile, match=message):
        said(installed, f"objects: {{{name}: }}\n")


def test_our_own_names_stay_ours(installed: Path) -> None:
    assert objects.names()["fumo"] == objects.OWN["fumo"]


def test_our_own_objects_are_entry_points() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"][objects.GROUP] == objects.OWN
