"""Addresses that name a Management Object instead of its place (DM Tree and Description 1.3 §7.2).

``./?MOID=urn:oma:mo:oma-dm-dmacc:1.1&ServerID=srv.example/Name`` is the Name of that account, wherever it
lies: below the URI before the ``?``, the object with that identifier whose leaf ServerID, right under its
root, has that value, and from there the path. The text of DM 1.3 could not be read; this reading is
reconstructed: `TreeOptions.relative_form` holds its punctuation, `TreeOptions.relative_uris` turns it off.
"""

from __future__ import annotations

import re
from functools import lru_cache

from simulator.codes.status import StatusCode
from simulator.errors import TreeError
from simulator.tree import permission, value
from simulator.tree import uri as uris
from simulator.tree.acl import Right
from simulator.tree.description import Access
from simulator.tree.nodes import Nodes
from simulator.tree.options import RelativeForm

_ESCAPE = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


@lru_cache(maxsize=16)
def _pattern(form: RelativeForm) -> re.Pattern[str]:
    mark, pair, equals, path = map(re.escape, (form.mark, form.pair, form.equals, form.path))

    def up_to(*ends: str) -> str:
        return f"(?:(?!{'|'.join(ends)}).)"

    return re.compile(
        rf"(?P<top>[^?]*?){mark}(?P<identifier>{up_to(pair, path, '[?]')}+)"
        rf"(?:{pair}(?P<leaf>{up_to(pair, path, equals, '[?/]')}+){equals}(?P<value>{up_to(pair, path, '[?]')}*))?"
        rf"(?:{path}(?P<path>[^?]*))?",
        re.DOTALL,
    )


def resolve(tree: Nodes, text: str, server: str | None) -> str:
    """The absolute URI that a relative address stands for: 400, 404 no such object, 409 several, 406 off."""
    if not tree.base.options.relative_uris:
        raise TreeError(
            StatusCode.OPTIONAL_FEATURE_NOT_SUPPORTED, "this device does not take ?MOID= addresses", uri=text
        )
    form = tree.base.options.relative_form
    address = _pattern(form).fullmatch(text)
    if address is None:
        shape = f"<URI>{form.mark}<identifier>{form.pair}<leaf>{form.equals}<value>{form.path}<path>"
        raise TreeError(StatusCode.BAD_REQUEST, f"{text!r}: expected {shape}", uri=text)
    top = uris.normalise(address["top"].rstrip("/") or uris.ROOT)
    identifier = _unescaped(address["identifier"])
    tree.node(top)
    found = [
        uri
        for uri, node in tree.walk_nodes(top)
        if node.children is not None
        and node.kind.type == identifier
        and (address["leaf"] is None or _has(tree, uri, address["leaf"], _unescaped(address["value"]), server))
    ]
    if not found:
        raise TreeError(StatusCode.NOT_FOUND, f"no Management Object answers to {text!r}", uri=text)
    if len(found) > 1:
        raise TreeError(StatusCode.CONFLICT, f"{text!r} stands for {' and '.join(found[:3])}", uri=text)
    return uris.normalise(uris.join(found[0], address["path"])) if address["path"] else found[0]


def _has(tree: Nodes, root: str, leaf: str, wanted: str, server: str | None) -> bool:
    """Whether the leaf has that value; a leaf that the server may not read tells it nothing."""
    found = uris.join(root, leaf)
    node = tree.store.nodes.get(found)
    if node is None or node.children is not None:
        return False
    readable = server is None or (
        Access.GET in node.kind.description.access and permission.allows(tree.store, found, Right.GET, server)
    )
    return readable and value.read(node, tree.now) == wanted


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda run: bytes.fromhex(run[0].replace("%", "")).decode("utf-8", "replace"), text)
