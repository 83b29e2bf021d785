"""The grammar tables against the model classes and the token tables they speak of."""

from __future__ import annotations

import dataclasses

import pytest

from simulator.grammar import Element, Kind, Occurs
from simulator.syncml.grammar import GRAMMAR
from simulator.tnds.grammar import GRAMMAR as TNDS
from simulator.wbxml import reader, writer

ELEMENTS = pytest.mark.parametrize("element", GRAMMAR.elements, ids=lambda element: element.name)


@ELEMENTS
def test_every_attribute_of_a_model_has_its_line(element: Element) -> None:
    """The WBXML reader makes objects without calling the class, so that one forgotten would stay unset."""
    attributes = {child.attribute for child in element.children}
    assert attributes == {field.name for field in dataclasses.fields(element.model)}


@ELEMENTS
def test_every_element_has_a_token_and_a_namespace(element: Element) -> None:
    for child in element.children:
        assert child.token >= 5
        assert child.page == element.children[0].page
    assert all(child.within is None or child.within in element.wrappers for child in element.children)


@ELEMENTS
def test_what_may_be_absent_has_a_default(element: Element) -> None:
    for child in element.children:
        if child.occurs is Occurs.ONE and child.attribute not in element.defaults:
            continue
        value = element.absent(child)
        default = element.defaults.get(child.attribute, lambda value=value: value)()
        assert value == default
        assert (value == []) == (child.occurs is Occurs.MANY)
        assert (value is False) == (child.kind is Kind.FLAG)


@ELEMENTS
def test_no_attribute_is_called_like_a_local_variable_of_the_functions_that_are_made(element: Element) -> None:
    ours = {"doc", "buf", "chars", "tag", "pos", "before", "end", "length", "each", "inside", "read", "made"}
    ours |= {"out", "whole", "page", "depth", "part"}
    assert not ours & {child.attribute for child in element.children}


def test_a_tnds_document_is_the_same_alone_and_in_a_message() -> None:
    assert {element.model: element for element in TNDS.elements}.items() <= GRAMMAR.of.items()


def test_the_source_of_what_is_made_can_be_read() -> None:
    assert "def read_Item(doc, pos):" in reader.source(GRAMMAR)
    assert "def write_Item(out, whole, page, depth):" in writer.source(GRAMMAR)


def test_the_elements_that_can_hold_themselves() -> None:
    assert {element.name for element in GRAMMAR.elements if GRAMMAR.holds_itself(element)} == {
        "Atomic",
        "Sequence",
        "Node",
    }
