"""libwbxml, in process, over a corpus of random messages: each side reads what the other one writes.

Its habits, which are no mistake of either side: it carries each Data as octets; it calls a TNDS document WBXML
when it turns a message into WBXML and XML when it turns one into XML, by Meta Type alone; and it writes a CR as
it is, which any reader of XML takes for a LF (XML 1.0 §2.11).
"""

from __future__ import annotations

import ctypes
import ctypes.util
import dataclasses
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from simulator.codes.mime import TNDS_WBXML, TNDS_XML
from simulator.syncml import message as m
from simulator.syncml import wbxml, xml
from simulator.syncml.encoding import Encoding, sniff
from simulator.tnds import embedded
from simulator.tnds.document import MgmtTree, Node, RTProperties
from tests.peers import require
from tests.strategies import messages

pytestmark = pytest.mark.libwbxml

LEAST = 2_000
ROUNDS = 30
"""At most; some messages are drawn more than once."""
ONLY_DRAW = settings(
    max_examples=300,
    phases=[Phase.generate],
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


class LibWbxml:
    """Its converters, set to keep white space and add none. They raise `AssertionError` for its errors."""

    def __init__(self) -> None:
        require("libwbxml-so")
        self._library = ctypes.CDLL(ctypes.util.find_library("wbxml2"))
        self._library.wbxml_errors_string.restype = ctypes.c_char_p
        self._library.wbxml_free.argtypes = [ctypes.c_void_p]
        self._to_xml = self._converter("wbxml2xml")
        self._library.wbxml_conv_wbxml2xml_set_gen_type(self._to_xml, 0)  # compact
        self._to_wbxml = {True: self._converter("xml2wbxml"), False: self._converter("xml2wbxml")}
        self._library.wbxml_conv_xml2wbxml_disable_string_table(self._to_wbxml[False])

    def _converter(self, kind: str) -> ctypes.c_void_p:
        converter = ctypes.c_void_p()
        assert getattr(self._library, f"wbxml_conv_{kind}_create")(ctypes.byref(converter)) == 0
        getattr(self._library, f"wbxml_conv_{kind}_enable_preserve_whitespaces")(converter)
        return converter

    def to_xml(self, data: bytes) -> bytes:
        return self._run(self._library.wbxml_conv_wbxml2xml_run, self._to_xml, data)

    def to_wbxml(self, data: bytes, *, string_table: bool) -> bytes:
        return self._run(self._library.wbxml_conv_xml2wbxml_run, self._to_wbxml[string_table], data)

    def _run(self, convert: Callable[..., int], converter: ctypes.c_void_p, data: bytes) -> bytes:
        out, length = ctypes.c_void_p(), ctypes.c_uint32()
        error = convert(converter, data, len(data), ctypes.byref(out), ctypes.byref(length))
        assert error == 0, (self._library.wbxml_errors_string(error).decode(), data)
        written = ctypes.string_at(out, length.value)
        self._library.wbxml_free(out)
        return written

    def close(self) -> None:
        self._library.wbxml_conv_wbxml2xml_destroy(self._to_xml)
        for converter in self._to_wbxml.values():
            self._library.wbxml_conv_xml2wbxml_destroy(converter)


@pytest.fixture
def libwbxml() -> Iterator[LibWbxml]:
    library = LibWbxml()
    yield library
    library.close()


@pytest.fixture(scope="module")
def corpus() -> list[m.SyncML]:
    """Different messages, the same ones in each run."""
    require("libwbxml-so")
    drawn: dict[bytes, m.SyncML] = {}

    def draw(message: m.SyncML) -> None:
        drawn[xml.encode(message)] = message

    for number in range(ROUNDS):
        if len(drawn) < LEAST:
            seed(number)(ONLY_DRAW(given(messages(octets=False))(draw)))()
    return list(drawn.values())


def parts(value: Any) -> Iterator[Any]:
    """Every dataclass in the value."""
    if isinstance(value, list):
        for part in value:
            yield from parts(part)
    elif dataclasses.is_dataclass(value):
        yield value
        for field in dataclasses.fields(value):
            yield from parts(getattr(value, field.name))


def mapped(value: Any, *changes: Callable[[Any], Any]) -> Any:
    """A copy, each dataclass and plain value of which has gone through the changes, from the leaves up."""
    if isinstance(value, list):
        return [mapped(part, *changes) for part in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: mapped(getattr(value, field.name), *changes) for field in dataclasses.fields(value)}
        value = type(value)(**fields)
    for change in changes:
        value = change(value)
    return value


# -- what is sent


def data_as_octets(value: Any) -> Any:
    """Data as OPAQUE, where our encoder would write a string."""
    if isinstance(value, m.Item | m.Status | m.Alert | m.Cred) and isinstance(value.data, str):
        return dataclasses.replace(value, data=value.data.encode())
    return value


def tnds_as(mime: str) -> Callable[[Any], Any]:
    """TNDS documents as documents of their own in the Data, and named so: libwbxml knows them no other way."""

    def change(value: Any) -> Any:
        if not isinstance(value, m.Item) or not isinstance(value.data, MgmtTree):
            return value
        meta = dataclasses.replace(value.meta or m.Meta(), type=mime)
        return dataclasses.replace(value, meta=meta, data=embedded.write(value.data, mime, Encoding.WBXML))

    return change


def without_cdata_end(value: Any) -> Any:
    return value.replace("]]>", "]] >") if isinstance(value, str) else value


SENDINGS = [[tnds_as(TNDS_WBXML)], [tnds_as(TNDS_XML)], [tnds_as(TNDS_WBXML), data_as_octets]]
"""Each message goes in one of these ways."""


# -- what libwbxml makes of it


def as_read(message: m.SyncML) -> m.SyncML:
    """With Data as texts and as TNDS documents in place, whatever it was carried as."""
    read: m.SyncML = mapped(mapped(message, tnds_in_place), as_text, tnds_called_xml)
    return read


def as_text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


def tnds_called_xml(value: Any) -> Any:
    if isinstance(value, m.Meta) and value.type == TNDS_WBXML:
        return dataclasses.replace(value, type=TNDS_XML)
    return value


def with_lf(value: Any) -> Any:
    return value.replace("\r\n", "\n").replace("\r", "\n") if isinstance(value, str) else value


def one_lf(value: Any) -> Any:
    return re.sub("\r*\n", "\n", value) if isinstance(value, str) else value


def tnds_in_place(value: Any) -> Any:
    """A TNDS document as WBXML in a Data, read. No random text begins like one."""
    if isinstance(value, m.Item) and isinstance(value.data, bytes) and sniff(value.data) is Encoding.WBXML:
        return dataclasses.replace(value, data=embedded.read(value.data, TNDS_WBXML))
    return value


def test_the_corpus_has_everything(corpus: list[m.SyncML]) -> None:
    assert len(corpus) >= LEAST
    kinds = Counter(type(part) for message in corpus for part in parts(message))
    commands = set(get_args(m.Command))
    assert len(commands) == 12
    assert {kind for kind in commands if kinds[kind] < 50} == set()
    assert {kind for kind in (m.Cred, m.Chal, m.Meta, MgmtTree, Node, RTProperties) if kinds[kind] < 50} == set()
    held = [part for message in corpus for part in parts(message) if isinstance(part, m.Atomic | m.Sequence)]
    assert any(isinstance(inner, m.Atomic | m.Sequence) for outer in held for inner in outer.commands)


def test_libwbxml_reads_our_wbxml(corpus: list[m.SyncML], libwbxml: LibWbxml) -> None:
    for message, sending in zip(corpus, itertools.cycle(SENDINGS)):
        sent = mapped(message, without_cdata_end, *sending)
        received = xml.decode(libwbxml.to_xml(wbxml.encode(sent)))
        assert received == mapped(as_read(sent), with_lf)


def test_we_read_libwbxmls_wbxml(corpus: list[m.SyncML], libwbxml: LibWbxml) -> None:
    for message, string_table in zip(corpus, itertools.cycle([True, False])):
        received = wbxml.decode(libwbxml.to_wbxml(xml.encode(message), string_table=string_table))
        assert mapped(as_read(received), one_lf) == mapped(message, one_lf)
