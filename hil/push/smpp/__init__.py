"""SMPP 3.4 to a service centre, on smpplib."""
