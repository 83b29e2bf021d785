"""WBXML against libwbxml, in one process and on the same messages.

    python benchmarks/wbxml.py

- decode: WBXML bytes to typed message, beside libwbxml's WBXML bytes to XML text.
- encode: typed message to WBXML bytes, beside libwbxml's XML text to WBXML bytes.
- objects: WBXML bytes to the same typed message, beside libwbxml, then lxml, then the objects that `xml.decode`
  makes of what lxml read; below it, what lxml's part is without any objects.

Each for a small and a large message, and for Data as strings (inline) and as octets (opaque). A ratio below 1 says
that ours takes less time. Both sides are timed in turns and the best turn of each counts, in processor time, so
that other work on the machine disturbs little.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from common.report import heading, note, row
from common.timing import duel
from lxml import etree

from simulator.syncml import wbxml, xml
from simulator.syncml.message import (
    Add,
    Alert,
    Command,
    Cred,
    Item,
    Meta,
    Replace,
    Results,
    Source,
    Status,
    SyncBody,
    SyncHdr,
    SyncML,
    Target,
)

SERVER = "https://dm.example.com/dm/server"
DEVICE = "IMEI:490154203237518"
TEXT = Meta(format="chr", type="text/plain")


class LibWbxml:
    """libwbxml's two converters, without indentation and without a string table."""

    def __init__(self) -> None:
        name = ctypes.util.find_library("wbxml2")
        if name is None:
            sys.exit("libwbxml is not installed: apt-get install libwbxml2-1")
        self._library = ctypes.CDLL(name)
        self._library.wbxml_errors_string.restype = ctypes.c_char_p
        self._library.wbxml_free.argtypes = [ctypes.c_void_p]
        self._to_xml = ctypes.c_void_p()
        self._to_wbxml = ctypes.c_void_p()
        self._library.wbxml_conv_wbxml2xml_create(ctypes.byref(self._to_xml))
        self._library.wbxml_conv_wbxml2xml_set_gen_type(self._to_xml, 0)
        self._library.wbxml_conv_xml2wbxml_create(ctypes.byref(self._to_wbxml))
        self._library.wbxml_conv_xml2wbxml_disable_string_table(self._to_wbxml)
        self._out = ctypes.c_void_p()
        self._length = ctypes.c_uint32()

    def to_xml(self, data: bytes) -> bytes:
        """What `decode` throws away."""
        self._check(
            self._library.wbxml_conv_wbxml2xml_run(
                self._to_xml, data, len(data), ctypes.byref(self._out), ctypes.byref(self._length)
            ),
            free=False,
        )
        text = ctypes.string_at(self._out, self._length.value)
        self._library.wbxml_free(self._out)
        return text

    def decode(self, data: bytes) -> None:
        self._check(
            self._library.wbxml_conv_wbxml2xml_run(
                self._to_xml, data, len(data), ctypes.byref(self._out), ctypes.byref(self._length)
            )
        )

    def encode(self, data: bytes) -> None:
        self._check(
            self._library.wbxml_conv_xml2wbxml_run(
                self._to_wbxml, data, len(data), ctypes.byref(self._out), ctypes.byref(self._length)
            )
        )

    def _check(self, error: int, *, free: bool = True) -> None:
        if error:
            sys.exit(f"libwbxml: {self._library.wbxml_errors_string(error).decode()}")
        if free:
            self._library.wbxml_free(self._out)


def package_1() -> SyncML:
    """A client's first message with a report: about 1.5 kB of WBXML."""
    dev_info = {
        "DevId": DEVICE,
        "Man": "A manufacturer of devices",
        "Mod": "Model One, second edition",
        "DmV": "1.3",
        "Lang": "en-GB",
        "Ext/Firmware": "12.4.1 build 7 of 2026-01-01",
        "Ext/Hardware": "B2",
        "Ext/Configuration": "factory default, region 3, carrier 26201",
    }
    commands: list[Command] = [
        Alert("1", data="1201"),
        Replace(
            "2",
            items=[Item(source=Source(f"./DevInfo/{name}"), meta=TEXT, data=dev_info[name]) for name in dev_info],
        ),
        Alert(
            "3",
            data="1226",
            items=[
                Item(
                    source=Source("./FUMO/Update"),
                    meta=Meta(format="chr", type="urn:oma:at:fumo:1.0:update", mark="critical"),
                    data="The update stopped after 3 of 14 parts: " + "not enough memory in it; " * 12 + "end",
                )
            ],
        ),
        Status("4", "1", "0", "SyncHdr", [DEVICE], [SERVER], data="212"),
        Status("5", "1", "1", "Get", ["./DevDetail/SwV"], data="200"),
        Results("6", "1", "1", items=[Item(source=Source("./DevDetail/SwV"), meta=TEXT, data="12.4.1")]),
    ]
    cred = Cred(Meta(format="b64", type="syncml:auth-md5"), "Zz6EivR3yeaaENcRN6lpAQ==")
    meta = Meta(max_msg_size="16384", max_obj_size="1048576")
    header = SyncHdr("1.2", "DM/1.3", "1a2b", "1", Target(SERVER), Source(DEVICE, "user"), cred=cred, meta=meta)
    return SyncML(header, SyncBody(commands, final=True))


def hundred_commands() -> SyncML:
    """A server's message that sets a hundred nodes, no two alike: about 19 kB of WBXML."""
    commands: list[Command] = []
    for number in range(100):
        words = (f"the value of node {number}, as the server sets it; " * (1 + number % 4)).strip()
        item = Item(Target(f"./Vendor/Application/{number:03}/Settings/Value"), meta=TEXT, data=words)
        commands.append((Add if number % 2 else Replace)(str(number + 1), items=[item]))
    header = SyncHdr("1.2", "DM/1.3", "1a2b", "2", Target(DEVICE), Source(SERVER))
    return SyncML(header, SyncBody(commands, final=True))


def opaque(message: SyncML) -> SyncML:
    """The same message with the Data of every Item as octets, as many encoders carry it."""

    def as_octets(item: Item) -> Item:
        return replace(item, data=item.data.encode()) if isinstance(item.data, str) else item

    commands: list[Command] = [
        replace(command, items=[as_octets(item) for item in command.items])
        if isinstance(command, Add | Replace | Alert | Results)
        else command
        for command in message.sync_body.commands
    ]
    return replace(message, sync_body=replace(message.sync_body, commands=commands))


def main() -> None:
    libwbxml = LibWbxml()
    heading("ours / libwbxml's, microseconds")
    for name, message in (("package 1", package_1()), ("hundred commands", hundred_commands())):
        text = xml.encode(message)
        for form, variant in (("inline", message), ("opaque", opaque(message))):
            data = wbxml.encode(variant)
            what = f"{name}, {form} Data"
            compare(f"decode {what} ({len(data)} bytes)", 0.95, wbxml.decode, libwbxml.decode, data)
            row(f"encode {what}", *duel(partial(wbxml.encode, variant), partial(libwbxml.encode, text)), 0.3)
            assert wbxml.decode(data) == variant
            assert xml.decode(libwbxml.to_xml(data)) == message
            compare(f"objects {what}", 0.5, wbxml.decode, lambda given: xml.decode(libwbxml.to_xml(given)), data)
            ours, theirs = duel(
                partial(wbxml.decode, data), lambda data=data: etree.fromstring(libwbxml.to_xml(data))
            )
            note(f"libwbxml, then lxml, and no objects: {theirs:.1f}, of which ours is {ours / theirs:.2f}")


def compare(
    what: str, aim: float, ours: Callable[[bytes], object], theirs: Callable[[bytes], object], data: bytes
) -> None:
    row(what, *duel(partial(ours, data), partial(theirs, data)), aim)


if __name__ == "__main__":
    main()
