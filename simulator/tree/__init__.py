"""The management tree: nodes, their properties, who may change them (OMA DM Tree and Description)."""

from simulator.tree.acl import Acl, Right
from simulator.tree.model import Model, ObjectType, empty
from simulator.tree.node import NodeView, Value
from simulator.tree.options import TreeOptions
from simulator.tree.tree import Tree

__all__ = ["Acl", "Model", "NodeView", "ObjectType", "Right", "Tree", "TreeOptions", "Value", "empty"]
