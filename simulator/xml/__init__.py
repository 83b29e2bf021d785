"""Typed objects from and to XML, by a grammar table."""
