"""TNDS documents as YAML says them (DM Tree and Description Serialization §5.3).

tnds:                                 tnds:
  Phone:                                as: wbxml
    type: urn:example:mo:phone:1.0      nodes: {Phone: {nodes: {Ring: loud}}}
    acl: Get=*
    nodes:
      Ring: loud
      Volume: {value: 7, format: int}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from hil.fields import HexBytes
from hil.server.said import Format, Said, Text
from simulator.codes.mime import TNDS_WBXML, TNDS_XML
from simulator.syncml.encoding import Encoding
from simulator.syncml.message import Data
from simulator.tnds import embedded
from simulator.tnds.document import MgmtTree, Node, RTProperties


def _leaf(value: object) -> object:
    """``Ring: loud`` is a leaf; ``Rings:`` with nothing behind it an interior node without children."""
    if value is None:
        return {}
    return value if isinstance(value, dict) else {"value": value}


class TndsNode(Said):
    """A node with its runtime properties. Without value and format it is an interior node."""

    value: Text | None = None
    hex: HexBytes | None = None
    format: Format | None = None
    type: str | None = None
    """A leaf's media type, or an interior node's Management Object identifier."""
    acl: str | None = None
    title: str | None = None
    path: str | None = None
    """Of a top node only: the URI up to this node."""
    nodes: dict[str, Annotated[TndsNode, BeforeValidator(_leaf)]] = Field(default_factory=dict)

    def node(self, name: str) -> Node:
        leaf = self.value is not None or self.hex is not None or self.format not in (None, "node")
        format_ = self.format or ("bin" if self.hex is not None else "chr" if leaf else "node")
        type_ = self.type or ("text/plain" if leaf and format_ in ("chr", "xml") else None)
        return Node(
            node_name=name,
            path=self.path,
            rt_properties=RTProperties(
                acl=self.acl,
                format=format_,
                title=self.title,
                mime=type_ if leaf else None,
                ddf_name=None if leaf else type_,
            ),
            value=self.value if self.hex is None else self.hex,
            nodes=[node.node(below) for below, node in self.nodes.items()],
        )


_WORDS = frozenset({"as", "nodes", "xml", "hex"})


class Tnds(Said):
    """A document of nodes; or a whole one as it stands: ``xml`` text, or ``hex`` octets of WBXML."""

    # names of nodes may stand where its words do
    model_config = ConfigDict(json_schema_extra={"additionalProperties": True})

    carried: Literal["xml", "wbxml", "in place"] | None = Field(default=None, alias="as")
    """As XML text, as octets of WBXML, or as elements of the message; by itself as the message is encoded."""
    nodes: dict[str, Annotated[TndsNode, BeforeValidator(_leaf)]] = Field(default_factory=dict)
    xml: str | None = None
    hex: HexBytes | None = None

    @model_validator(mode="before")
    @classmethod
    def _only_nodes(cls, said: object) -> object:
        return {"nodes": said} if isinstance(said, dict) and not _WORDS & said.keys() else said

    @model_validator(mode="after")
    def _one_form(self) -> Tnds:
        if sum((bool(self.nodes), self.xml is not None, self.hex is not None)) != 1:
            raise ValueError("a TNDS document is given as 'nodes', as 'xml' or as 'hex'")
        return self

    def write(self, encoding: Encoding) -> tuple[str, str, Data]:
        """Meta Format, Meta Type and Data for an Item of a message in ``encoding``. Raises `EncodeError`."""
        mime = TNDS_WBXML if encoding is Encoding.WBXML else TNDS_XML
        if self.xml is not None:
            return "xml", TNDS_XML, self.xml
        if self.hex is not None:
            return embedded.meta_format(TNDS_WBXML, encoding), TNDS_WBXML, self.hex
        tree = MgmtTree(nodes=[node.node(name) for name, node in self.nodes.items()])
        if self.carried == "in place":
            return "xml", mime, tree
        if self.carried is not None:
            mime = TNDS_WBXML if self.carried == "wbxml" else TNDS_XML
        return embedded.meta_format(mime, encoding), mime, embedded.write(tree, mime, encoding)


TndsNode.model_rebuild()


def flatten(tree: MgmtTree) -> dict[str, str]:
    """Every node of a document with its value as text, by path: interior nodes with none."""
    return dict(entry for node in tree.nodes for entry in _below(node, node.path or ""))


def _below(node: Node, above: str) -> Iterator[tuple[str, str]]:
    name = node.node_name or ""
    path = f"{above.rstrip('/')}/{name}" if above else name
    value = node.value
    yield path, value.decode("utf-8", "replace") if isinstance(value, bytes) else value or ""
    for below in node.nodes:
        yield from _below(below, path)
