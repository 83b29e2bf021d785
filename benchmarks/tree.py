"""What the management tree costs, as ratios measured in one run.

python benchmarks/tree.py
"""

from __future__ import annotations

import platform
import random
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from simulator.objects import dmacc, standard
from simulator.objects.devinfo import DevInfo
from simulator.objects.dmacc import AccountData, Credential
from simulator.tnds.document import MgmtTree
from simulator.tree import Model, Tree, empty, query

SERVER = "srv.example"
DEPTH = 20


def main() -> None:
    print(f"Python {platform.python_version()} on {platform.machine()}, {platform.system()} {platform.release()}")
    print(f"{'what':<62} {'ratio':>7} {'aim':>7}")
    small, large = listings(1_000, 10_000)
    row("list=StructData of 10,000 nodes / of 1,000", large / small, 11)
    print(f"{'':<4}one list: {small * 1e3:.1f} ms and {large * 1e3:.1f} ms")
    low, high = readings(10_000, 1_000_000)
    row("Get of random paths at depth 20: 1,000,000 nodes / 10,000", high / low, 2)
    print(f"{'':<4}one Get: {low * 1e6:.1f} µs and {high * 1e6:.1f} µs")
    overlay, slotted, nodes = memory()
    row(f"a device over a shared {nodes}-node model / slotted nodes of its own", overlay / slotted, 0.1)
    print(f"{'':<4}one device: {overlay:.0f} bytes and {slotted:.0f} bytes")


def row(what: str, ratio: float, aim: float) -> None:
    print(f"{what:<62} {ratio:>7.3f} {aim:>7}")


def seconds(*works: Callable[[], object], rounds: int = 15) -> list[float]:
    """CPU time of the best round of each. They take turns, so that all meet the same machine."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, taken in zip(works, times, strict=True):
            start = time.process_time()
            work()
            taken.append(time.process_time() - start)
    return [min(taken) for taken in times]


def listings(*counts: int) -> list[float]:
    trees = [wide(count) for count in counts]
    return seconds(*(partial(query.get, tree, ".?list=StructData", SERVER) for tree in trees), rounds=40)


def wide(count: int) -> Tree:
    """A root, interior nodes of 99 leaves each."""
    tree = Tree(empty())
    for index in range(count - 1):
        group = f"./Group{index // 100}"
        if index % 100 == 0:
            tree.add(group, format="node")
        else:
            tree.add(f"{group}/Leaf{index % 100}", value=f"value {index}")
    return tree


def readings(*counts: int) -> list[float]:
    """Seconds for the Get of one of 10,000 random leaves at depth 20 (of as many as there are), by tree."""
    return [taken / 10_000 for taken in seconds(*(reader(count) for count in counts), rounds=9)]


def reader(count: int) -> Callable[[], object]:
    chooser = random.Random(count)
    tree, leaves = deep(count, chooser)
    asked = chooser.sample(leaves, min(len(leaves), 10_000))
    asked = (asked * (10_000 // len(asked) + 1))[:10_000]
    # The texts are made anew, as they would come from a message.
    texts = ["".join(uri) for uri in map(list, asked)]

    def work() -> None:
        for text in texts:
            tree.get(text, SERVER)

    return work


def deep(count: int, chooser: random.Random) -> tuple[Tree, list[str]]:
    """A tree that branches here and there, with leaves at depth 20."""
    tree = Tree(empty())
    leaves: list[str] = []
    inner: list[str] = ["."]
    while tree.store.count < count:
        start = chooser.choice(inner[-5000:])
        names = [f"n{chooser.randrange(10**6)}" for _ in range(DEPTH - start.count("/"))]
        uri = "/".join([start, *names])
        if tree.exists(uri):
            continue
        tree.add(uri, value="a value")
        leaves.append(uri)
        steps = uri.split("/")
        inner += ["/".join(steps[: place + 1]) for place in range(start.count("/") + 1, DEPTH - 8)]
    # What is measured is a device over a model, as fleets have them.
    return Tree(tree.model), leaves


# -- memory


@dataclass(slots=True)
class Slotted:
    """The plainest tree of one's own: an object a node, a dict an interior node."""

    name: str
    format: str
    type: str
    value: str | bytes | None
    acl: str
    tstamp: object
    ver_no: int
    children: dict[str, Slotted] | None = None


def memory() -> tuple[float, float, int]:
    """Bytes of one device after a session, as an overlay and as slotted nodes; and the model's nodes."""
    model = phone()
    nodes = len(model.nodes)
    return each(lambda index: after_session(model, index)), each(lambda index: slotted(Tree(model), index)), nodes


def phone() -> Model:
    tree = Tree(standard.model(DevInfo("IMEI:000000000000000", "Maker", "Model")))
    credential = Credential("DIGEST", "name", "secret", b"nonce")
    account = AccountData(SERVER, "https://srv.example/dm", "Server", credential, credential, "DIGEST")
    tree.add_tnds("./Inbox", MgmtTree(nodes=[dmacc.to_tnds(account)]))
    for index in range(60 - tree.store.count - 1):
        tree.add(f"./Vendor/Setting{index}", value=f"value {index}")
    return tree.model


def after_session(model: Model, index: int) -> Tree:
    """Its own DevId, and both nonces as the session left them."""
    tree = Tree(model)
    tree.replace("./DevInfo/DevId", f"IMEI:{index:015}")
    account = f"./DMAcc/{SERVER}"
    dmacc.store_nonce(tree, account, dmacc.CLIENT, index.to_bytes(16, "big"))
    dmacc.store_nonce(tree, account, dmacc.SERVER, (index + 1).to_bytes(16, "big"))
    return tree


def slotted(tree: Tree, index: int, uri: str = ".", name: str = "") -> Slotted:
    """Names, formats, types and the model's values are shared texts; three values are its own."""
    view = tree.get(uri)
    value = view.value
    if name == "DevId":
        value = f"IMEI:{index:015}"
    elif name == "AAuthData":
        value = index.to_bytes(16, "big")
    node = Slotted(name, view.format, view.type, value, "", None, 0)
    if not view.leaf:
        node.children = {child: slotted(tree, index, f"{uri}/{child}", child) for child in view.children}
    return node


def each(make: Callable[[int], object], count: int = 2_000) -> float:
    make(0)
    tracemalloc.start()
    kept = [make(index) for index in range(1, count + 1)]
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(kept) == count
    return used / count


if __name__ == "__main__":
    main()
