"""Writes docs/state-machines.md from the tables that the engines run on; a test holds the page to them.

python docs/state_machines.py
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from hil.server import transitions as server  # noqa: E402
from simulator.session import transitions as client  # noqa: E402

PAGE = ROOT / "docs" / "state-machines.md"

Edge = tuple[str, str, str, str]
"""From, to, what happens, what is done."""


def client_edges() -> Iterable[Edge]:
    for state, row in client.TRANSITIONS.items():
        for what, (then, action) in row.items():
            if action is not client.Action.MISUSE:
                yield state.name, then.name, what.name, action.name


def server_edges() -> Iterable[Edge]:
    for state, row in server.TRANSITIONS.items():
        for heard, (say, then, _) in row.items():
            yield state.name, then.name, heard.name, say.name


def diagram(edges: Iterable[Edge], first: str, last: str) -> str:
    """One arrow for each pair of states, labelled with all that leads along it."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for origin, target, what, does in edges:
        if origin != last:
            arrows.setdefault((origin, target), []).append(f"{what.lower()} / {does.lower()}")
    lines = ["stateDiagram-v2", f"    [*] --> {first}"]
    lines += [f"    {a} --> {b}: {'<br/>'.join(labels)}" for (a, b), labels in arrows.items()]
    return "\n".join([*lines, f"    {last} --> [*]"])


def page() -> str:
    return f"""# State machines

Made by `docs/state_machines.py` from the tables that the engines run on; a label says *what happens / what is done*.
What a caller may not do at all is left out.

## The device's session

`simulator/session/transitions.py` says what each word means.

```mermaid
{diagram(client_edges(), "IDLE", "ENDED")}
```

## The server's session

`hil/server/transitions.py` says what each word means.

```mermaid
{diagram(server_edges(), "NEW", "ENDED")}
```
"""


if __name__ == "__main__":
    PAGE.write_text(page())
