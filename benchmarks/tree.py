"""What the management tree costs, as ratios measured in one run.

python benchmarks/tree.py
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial

from common.report import heading, note, row

from simulator.tree import Tree, empty, query

SERVER = "srv.example"
DEPTH = 20
GETS = 10_000


def main() -> None:
    heading("microseconds of one")
    small, large = listings(1_000, 10_000)
    row("list=StructData of 10,000 nodes / of 1,000", large * 1e6, small * 1e6, 11)
    trees = [deep(10_000), deep(1_000_000)]
    sizes = [f"{tree.store.count:,}" for tree, _ in trees]
    low, high = readings(trees)
    row(f"Get at depth {DEPTH}: of {sizes[1]} nodes / of {sizes[0]}", high * 1e6, low * 1e6, 2)
    note(f"{GETS:,} distinct paths to leaves in each, in random order; the small tree cannot have so many")
    note("at that depth and no nodes above them, so that it is a little larger than 10,000 nodes")


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


def readings(trees: list[tuple[Tree, list[str]]]) -> list[float]:
    """Seconds for one Get of a leaf, by tree."""
    return [taken / GETS for taken in seconds(*(reader(tree, leaves) for tree, leaves in trees), rounds=9)]


def reader(tree: Tree, leaves: list[str]) -> Callable[[], object]:
    asked = random.Random(1).sample(leaves, GETS)
    assert len(set(asked)) == GETS
    # The texts are made anew, as they would come from a message.
    texts = ["".join(uri) for uri in map(list, asked)]

    def work() -> None:
        for text in texts:
            tree.get(text, SERVER)

    return work


def deep(count: int) -> tuple[Tree, list[str]]:
    """A tree of so many nodes or a few more, with leaves at depth 20 only, a hundred to a parent; and the leaves.

    The ways to them fork near their end, and now and then anywhere, so that most nodes are leaves.
    """
    chooser = random.Random(count)
    tree = Tree(empty())
    leaves: list[str] = []
    way = ["."]
    while tree.store.count < count or len(leaves) < GETS:
        fork = chooser.randrange(1, DEPTH) if chooser.random() < 0.1 else DEPTH - 1
        way = way[:fork]
        way += [f"n{chooser.randrange(10**9)}" for _ in range(DEPTH - len(way))]
        for index in range(100):
            leaves.append("/".join([*way, f"leaf{index}"]))
            tree.add(leaves[-1], value="a value")
    # What is measured is a device over a model, as fleets have them.
    return Tree(tree.model), leaves


if __name__ == "__main__":
    main()
