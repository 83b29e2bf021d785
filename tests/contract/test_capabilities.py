"""A part that claims a capability has what the capability's contract asks for; a step needs only known ones."""

from __future__ import annotations

import pytest

from hil.bench import Bench
from hil.card.contract import CAPABILITIES as CARD
from hil.device.contract import CAPABILITIES as DEVICE
from hil.modem.contract import CAPABILITIES as MODEM
from hil.operator.hands import HANDS
from hil.part import ROLES, Part, kinds_of
from hil.push.contract import CAPABILITIES as PUSH
from hil.rig import kinds
from hil.rig.seams import WRAPPED
from hil.scenario.load import known_steps
from hil.server.contract import CAPABILITIES as SERVER

CONTRACTS = {"server": SERVER, "card": CARD, "modem": MODEM, "push": PUSH, "device": DEVICE}
ALL = {name: contract for contracts in CONTRACTS.values() for name, contract in contracts.items()}


def parts() -> list[type[Part]]:
    for name in kinds.MODULES:
        kinds.load(*name.split("."))
    return [cls for role in ROLES for cls in kinds_of(role).values()]


def asked(contract: type) -> set[str]:
    """The names of a contract's methods and attributes."""
    names = {name for name in vars(contract) if not name.startswith("_")}
    return names | set(contract.__annotations__)


@pytest.mark.parametrize("cls", parts(), ids=lambda cls: f"{cls.role}.{cls.kind}")
def test_a_part_has_what_its_capabilities_promise(cls: type[Part]) -> None:
    contracts = ALL if cls.stands_in else CONTRACTS[cls.role]
    for capability in cls.capabilities.union(*cls.grants.values()):
        assert capability in contracts, f"{capability} has no contract"
        for name in asked(contracts[capability]):
            # an attribute is made by __init__, whose source says so
            owner = HANDS[capability] if cls.stands_in else cls
            made = hasattr(owner, name) or any(f"self.{name}" in _source(each) for each in owner.__mro__[:-1])
            assert made, f"{cls.__name__} claims {capability} and has no {name}"


def _source(cls: type) -> str:
    import inspect

    try:
        return inspect.getsource(cls)
    except (OSError, TypeError):
        return ""


@pytest.mark.parametrize("name", sorted(known_steps()))
def test_a_step_needs_capabilities_that_some_part_has(name: str) -> None:
    had = {capability for cls in parts() for capability in cls.capabilities} | set(WRAPPED.values())
    model = known_steps()[name].model
    assert set(model.needs_with) <= set(model.model_fields)
    needs = model.needs | model.may_need | set(model.needs_with.values())
    assert needs <= set(ALL) | set(WRAPPED.values())
    assert needs <= had


def test_a_capability_is_somebodys_need() -> None:
    """What no step and no part needs is no capability."""
    needed = {need for kind in known_steps().values() for need in kind.model.needs | kind.model.may_need}
    needed |= {need for kind in known_steps().values() for need in kind.model.needs_with.values()}
    needed |= {need for cls in parts() for need in (*cls.requires, *cls.grants)}
    assert set(ALL) <= needed


def test_the_bench_finds_parts_by_role_alone() -> None:
    assert "parts" in Bench.__annotations__
