"""WBXML 1.1 to 1.3: the document's header, its content, and typed objects from and to it, by a grammar table."""
