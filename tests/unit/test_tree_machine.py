"""The tree against a plain nested-dict reference: any run of commands, statuses and contents alike."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

from simulator.errors import TreeError
from simulator.tree import Tree, empty, query
from simulator.tree.acl import parse

Rights = dict[str, set[str]]


@dataclass
class Plain:
    """A node of the reference: mutable, knows its children, keeps its own ACL."""

    value: str | None = None
    children: dict[str, Plain] | None = None
    acl: Rights = field(default_factory=dict)


class Reference:
    """The rules once more, written for being obviously right and nothing else."""

    def __init__(self, acl: Rights) -> None:
        self.root = Plain(children={}, acl=acl)

    def path(self, uri: str) -> list[Plain]:
        """The nodes from the root down to ``uri``, as far as they exist."""
        nodes = [self.root]
        for name in uri.split("/")[1:]:
            child = (nodes[-1].children or {}).get(name)
            if child is None:
                break
            nodes.append(child)
        return nodes

    def find(self, uri: str) -> Plain | None:
        nodes = self.path(uri)
        return nodes[-1] if len(nodes) == uri.count("/") + 1 else None

    def may(self, nodes: list[Plain], right: str, server: str | None) -> bool:
        if server is None:
            return True
        acl = next(node.acl for node in reversed(nodes) if node.acl)
        return bool(acl.get(right, set()) & {server, "*"})

    def add(self, uri: str, value: str | None, server: str | None) -> int:
        nodes = self.path(uri)
        names = uri.split("/")
        if len(nodes) == len(names):
            return 425 if not self.may(nodes[:-1], "Add", server) else 418
        for place in range(len(nodes), len(names)):
            if not self.may(nodes, "Add", server):
                return 425
            if nodes[-1].children is None:
                return 405
            last = place == len(names) - 1
            new = Plain(value, None) if last and value is not None else Plain(None, {})
            if new.children is not None and not self.may(nodes, "Replace", server):
                assert server is not None
                new.acl = {right: {server} for right in ("Add", "Delete", "Replace")}
            nodes[-1].children[names[place]] = new
            nodes.append(new)
        return 200

    def replace(self, uri: str, value: str, server: str | None) -> int:
        node = self.find(uri)
        if node is None:
            return 404
        if not self.may(self.path(uri), "Replace", server):
            return 425
        if node.children is not None:
            return 405
        node.value = value
        return 200

    def delete(self, uri: str, server: str | None) -> int:
        if uri == ".":
            return 405
        if self.find(uri) is None:
            return 404
        nodes = self.path(uri)
        if not self.may(nodes, "Delete", server):
            return 425
        assert nodes[-2].children is not None
        del nodes[-2].children[uri.split("/")[-1]]
        return 200

    def rename(self, uri: str, name: str, server: str | None) -> int:
        node = self.find(uri)
        if node is None:
            return 404
        nodes = self.path(uri)
        if not self.may(nodes, "Replace", server):
            return 425
        if uri == ".":
            return 405
        siblings = nodes[-2].children
        assert siblings is not None
        old = uri.split("/")[-1]
        if name == old:
            return 200
        if name in siblings:
            return 418
        siblings[name] = siblings.pop(old)
        return 200

    def set_acl(self, uri: str, acl: Rights, server: str | None) -> int:
        node = self.find(uri)
        if node is None:
            return 404
        nodes = self.path(uri)
        by_itself = node.children is not None and self.may(nodes, "Replace", server)
        if not by_itself and not self.may(nodes[:-1] or nodes, "Replace", server):
            return 425
        if uri == "." and not acl:
            return 405
        node.acl = acl
        return 200

    def get(self, uri: str, server: str | None) -> int | str:
        node = self.find(uri)
        if node is None:
            return 404
        if not self.may(self.path(uri), "Get", server):
            return 425
        return "/".join(sorted(node.children)) if node.children is not None else node.value or ""

    def forget(self, server: str) -> None:
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            left = {right: ids - {server} for right, ids in node.acl.items()}
            if node is self.root:
                node.acl = {right: ids or {"*"} for right, ids in left.items()}
            else:
                node.acl = {right: ids for right, ids in left.items() if ids}
            waiting += (node.children or {}).values()

    def listed(self) -> dict[str, tuple[str | None, str]]:
        found: dict[str, tuple[str | None, str]] = {}
        waiting = [(".", self.root)]
        while waiting:
            uri, node = waiting.pop()
            found[uri] = (node.value if node.children is None else None, text_of(node.acl))
            waiting += [(f"{uri}/{name}", child) for name, child in (node.children or {}).items()]
        return found


def text_of(acl: Rights) -> str:
    return "&".join(f"{right}={'+'.join(sorted(ids))}" for right, ids in sorted(acl.items()))


NAMES = st.sampled_from(["a", "b", "c"])
URIS = st.lists(NAMES, max_size=4).map(lambda names: "/".join([".", *names]))
SERVERS = st.sampled_from([None, "s1", "s1", "s2"])
VALUES = st.text(max_size=3)
ACLS = st.dictionaries(
    st.sampled_from(["Add", "Delete", "Get", "Replace"]),
    st.sets(st.sampled_from(["s1", "s2", "*"]), min_size=1),
    max_size=4,
)


class TreeMachine(RuleBasedStateMachine):
    uris = Bundle("uris")

    @initialize(acl=ACLS.filter(bool))
    def start(self, acl: Rights) -> None:
        self.tree = Tree(empty(acl=parse(text_of(acl))))
        self.plain = Reference(copy.deepcopy(acl))
        self.open: list[tuple[object, Reference]] = []

    def agree(self, expected: int, command: str, *args: object, **named: object) -> None:
        try:
            getattr(self.tree, command)(*args, **named)
            status = 200
        except TreeError as error:
            status = int(error.status)
        assert status == expected

    def try_reference(self, command: str, *args: object) -> int:
        """The reference may stop half-way; a refused command has to leave no trace."""
        before = copy.deepcopy(self.plain)
        status = getattr(self.plain, command)(*args)
        if status != 200:
            self.plain.root = before.root
        return int(status)

    @rule(target=uris, uri=URIS, value=VALUES | st.none(), server=SERVERS)
    def add(self, uri: str, value: str | None, server: str | None) -> str:
        if uri == ".":
            return uri
        expected = self.try_reference("add", uri, value, server)
        self.agree(expected, "add", uri, format="chr" if value is not None else "node", value=value, server=server)
        return uri

    @rule(uri=uris | URIS, value=VALUES, server=SERVERS)
    def replace(self, uri: str, value: str, server: str | None) -> None:
        self.agree(self.try_reference("replace", uri, value, server), "replace", uri, value, server=server)

    @rule(uri=uris, server=SERVERS)
    def delete(self, uri: str, server: str | None) -> None:
        self.agree(self.try_reference("delete", uri, server), "delete", uri, server=server)

    @rule(uri=uris, name=NAMES, server=SERVERS)
    def rename(self, uri: str, name: str, server: str | None) -> None:
        self.agree(self.try_reference("rename", uri, name, server), "rename", uri, name, server=server)

    @rule(uri=uris | st.just("."), acl=ACLS, server=SERVERS)
    def set_acl(self, uri: str, acl: Rights, server: str | None) -> None:
        expected = self.try_reference("set_acl", uri, copy.deepcopy(acl), server)
        self.agree(expected, "set_acl", uri, text_of(acl), server=server)

    @rule(uri=uris | URIS, server=SERVERS)
    def get(self, uri: str, server: str | None) -> None:
        assert self.shown(uri, server) == self.plain.get(uri, server)

    def shown(self, uri: str, server: str | None) -> int | str:
        try:
            (found,) = query.get(self.tree, uri, server)
        except TreeError as error:
            return int(error.status)
        assert isinstance(found.data, str)
        return "/".join(sorted(found.data.split("/"))) if found.format == "node" else found.data

    @rule(server=st.sampled_from(["s1", "s2"]))
    def lists_show_what_can_be_read(self, server: str) -> None:
        readable = {uri for uri in self.plain.listed() if self.plain.may(self.plain.path(uri), "Get", server)}
        assert {view.uri for view in self.tree.walk(".", server)} == readable

    @rule(server=st.sampled_from(["s1", "s2"]))
    def forget_server(self, server: str) -> None:
        self.plain.forget(server)
        self.tree.forget_server(server)

    @precondition(lambda self: len(self.open) < 3)
    @rule()
    def begin(self) -> None:
        transaction = self.tree.transaction()
        transaction.__enter__()
        self.open.append((transaction, copy.deepcopy(self.plain)))

    @precondition(lambda self: self.open)
    @rule(keep=st.booleans())
    def end(self, keep: bool) -> None:
        transaction, before = self.open.pop()
        if keep:
            transaction.__exit__(None, None, None)  # type: ignore[attr-defined]
        else:
            transaction.__exit__(RuntimeError, RuntimeError(), None)  # type: ignore[attr-defined]
            self.plain = before

    @precondition(lambda self: not self.open)
    @rule()
    def another_device_from_here(self) -> None:
        self.tree = Tree(self.tree.model)

    @invariant()
    def contents_are_equal(self) -> None:
        if not hasattr(self, "tree"):
            return
        views = list(self.tree.walk())
        assert {view.uri: (view.value, view.acl) for view in views} == self.plain.listed()
        assert self.tree.store.count == len(views)
        assert all(len(set(view.children)) == len(view.children) for view in views)


TreeMachine.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestTree = TreeMachine.TestCase
