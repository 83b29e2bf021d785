"""WAP push: the connectionless WSP Push PDU and what its headers are made of (WAP-230-WSP)."""
