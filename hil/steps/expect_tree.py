"""``expect.node``, ``expect.tree``: what stands in the device's tree."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from hil.device.contract import Inspected, NodeSeen, Treed
from hil.fields import Duration
from hil.scenario.run import Run
from hil.scenario.step import StepModel, step
from hil.server.said import as_list

PROPERTIES = ("format", "type", "acl", "title", "version")
"""Of a node, as `NodeSeen` names them."""


class ExpectNode(StepModel):
    """A node of the tree, its value and its properties, or with ``present: no`` none. Waited for."""

    needs = frozenset({"device.inspect"})
    needs_with = dict.fromkeys(PROPERTIES, "device.tree")

    uri: str
    value: str | None = None
    """Of an interior node, its children's names joined by ``/``."""
    contains: Annotated[tuple[str, ...], BeforeValidator(as_list)] = ()
    """Words, each of which stands in the value."""
    format: str | None = None
    """``chr``, ``node``…"""
    type: str | None = None
    """A leaf's media type, or an interior node's Management Object identifier."""
    acl: str | None = None
    """Its own; empty: it inherits one."""
    title: str | None = None
    version: int | None = None
    """How often it was changed (VerNo)."""
    present: bool = True
    within: Duration | None = None

    @model_validator(mode="after")
    def _consistent(self) -> ExpectNode:
        if not self.present and {"value", "contains", *PROPERTIES} & self.model_fields_set:
            raise ValueError("a node that is not present has no value and no properties")
        return self


@step("expect.node", ExpectNode)
def expect_node(run: Run, wanted: ExpectNode) -> None:
    def wrong() -> list[str]:
        value = run.part("device", Inspected).value(wanted.uri)
        if not wanted.present:
            return [] if value is None else [f"{wanted.uri} is {value!r}, and should not be"]
        if value is None:
            return [f"there is no node {wanted.uri}"]
        found = []
        if wanted.value is not None and value != wanted.value:
            found.append(f"{wanted.uri} is {value!r}, not {wanted.value!r}")
        found += [f"{wanted.uri} is {value!r}, without {each!r}" for each in wanted.contains if each not in value]
        return found + _properties(run, wanted)

    run.expect(lambda: not wrong(), lambda: "; ".join(wrong()), wanted.within)


def _properties(run: Run, wanted: ExpectNode) -> list[str]:
    asked = {name: getattr(wanted, name) for name in PROPERTIES if getattr(wanted, name) is not None}
    node = run.part("device", Treed).node(wanted.uri) if asked else None
    if node is None:
        return []
    seen = {name: getattr(node, name) for name in asked}
    return [
        f"the {name} of {wanted.uri} is {seen[name]!r}, not {asked[name]!r}"
        for name in asked
        if seen[name] != asked[name]
    ]


class ExpectTree(StepModel):
    """A part of the tree: nodes with their values, and nodes that are not there. Waited for."""

    needs = frozenset({"device.tree"})

    uri: str = "."
    """The node that the part is below."""
    nodes: dict[str, str | None] = Field(default_factory=dict)
    """By the URI below ``uri``, the value of a leaf, or nothing for any."""
    absent: Annotated[tuple[str, ...], BeforeValidator(as_list)] = ()
    """URIs below ``uri`` at which nothing stands."""
    only: bool = False
    """No other leaves than these stand there."""
    within: Duration | None = None


@step("expect.tree", ExpectTree)
def expect_tree(run: Run, wanted: ExpectTree) -> None:
    def wrong() -> list[str]:
        base = wanted.uri.rstrip("/") + "/"
        seen = {node.uri.removeprefix(base): node for node in run.part("device", Treed).subtree(wanted.uri)}
        return [*_nodes(wanted, seen), *(f"there is {each}" for each in wanted.absent if each in seen)]

    run.expect(lambda: not wrong(), lambda: f"below {wanted.uri}: {'; '.join(wrong())}", wanted.within)


def _nodes(wanted: ExpectTree, seen: dict[str, NodeSeen]) -> Iterable[str]:
    for uri, value in wanted.nodes.items():
        if uri not in seen:
            yield f"there is no {uri}"
        elif value is not None and seen[uri].value != value:
            yield f"{uri} is {seen[uri].value!r}, not {value!r}"
    if wanted.only:
        for uri, node in seen.items():
            if node.format != "node" and uri not in wanted.nodes:
                yield f"there is also {uri}"
