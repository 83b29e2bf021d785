"""The digest that shows that a notification comes from a server that knows the account (DM Security §5.7).

One formula for both versions; DM 1.2 has MD5 as its hash.
"""

from __future__ import annotations

from simulator.security.digest import Hash, covering, equal

__all__ = ["digest", "equal"]


def digest(server_id: str, password: str, nonce: bytes, octets: bytes, hash_name: str = "md5") -> bytes:
    """H(B64(H(server-id ``:`` password)) ``:`` nonce ``:`` B64(H(octets))), raw.

    ``octets`` is the notification without its digest, ``nonce`` the decoded octets of the account's nonce.
    Password and nonce are those that the account holds for the server (SRVCRED).
    """
    return covering(server_id, password, nonce, octets, Hash(hash_name))
