"""All checks, and what they find."""

from __future__ import annotations

from hil.doctor.finding import PURPOSES, Check, Finding, Purpose
from hil.doctor.machine import loopback, pseudo_terminals, tls
from hil.doctor.pcsc import pc_sc
from hil.doctor.serial_ports import modem_manager, serial_ports
from hil.doctor.software import data_files, libraries, pyscard, python, tools

CHECKS: tuple[tuple[Purpose, Check], ...] = (
    ("the virtual rig", python),
    ("the virtual rig", libraries),
    ("the virtual rig", data_files),
    ("the virtual rig", loopback),
    ("the virtual rig", pseudo_terminals),
    ("real cards", pyscard),
    ("real cards", pc_sc),
    ("real modems", serial_ports),
    ("real modems", modem_manager),
    ("TLS", tls),
    ("development", tools),
)
"""What each is about, and the function. A new check is one function, named here."""


def examine(checks: tuple[tuple[Purpose, Check], ...] = CHECKS) -> list[Finding]:
    """Every finding, by purpose. A check that fails itself is a finding too."""
    findings: list[Finding] = []
    for purpose, function in checks:
        try:
            findings += function()
        except Exception as error:
            name = function.__name__.replace("_", " ")
            seen = f"the check failed: {type(error).__name__}: {error}"
            findings.append(Finding(name, "broken", seen, "please report this", purpose))
    return sorted(findings, key=lambda finding: PURPOSES.index(finding.purpose))


def is_ready(findings: list[Finding]) -> bool:
    """Whether a scenario can run on the virtual rig."""
    return all(finding.is_good for finding in findings if finding.purpose == "the virtual rig")
