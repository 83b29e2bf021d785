"""Where this dmrig was installed from (PEP 610), for others to install the same."""

from __future__ import annotations

import json
from importlib import metadata

NAME = "dmrig"


def direct_url() -> str | None:
    """What the installer wrote about it; None: it came from an index, by its name."""
    try:
        return metadata.distribution(NAME).read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return json.dumps({"url": "a folder where it was not installed at all"})


def requirement(said: str | None) -> str | None:
    """The line of a requirements file; None: from where it came, no other machine can get it."""
    if said is None:
        return NAME
    found = json.loads(said)
    url, vcs = found["url"], found.get("vcs_info")
    if url.startswith("file:") or not (vcs or "archive_info" in found):
        return None
    within = f"#subdirectory={found['subdirectory']}" if "subdirectory" in found else ""
    where = f"{vcs['vcs']}+{url}@{vcs['commit_id']}" if vcs else url
    return f"{NAME} @ {where}{within}"


def url_of(said: str | None) -> str:
    return str(json.loads(said)["url"]) if said is not None else ""
