"""Credentials, nonces and digests (DM Security): pure functions over octets."""
