"""Headers of messages: the client's own, and its answer to the server's (DM Representation §7.2)."""

from __future__ import annotations

from simulator.session.authentication import ClientProof
from simulator.syncml.message import Chal, Meta, Source, Status, SyncHdr, Target


def own(
    ver_dtd: str,
    ver_proto: str,
    session_id: str,
    addresses: tuple[str, str],
    proof: ClientProof,
    meta: Meta | None,
) -> SyncHdr:
    """``addresses``: the server's and the device's. MsgID is set when the message is packed."""
    server, device = addresses
    cred = proof.cred()
    return SyncHdr(
        ver_dtd=ver_dtd,
        ver_proto=ver_proto,
        session_id=session_id,
        msg_id="",
        target=Target(server),
        source=Source(device, proof.loc_name),
        cred=cred,
        meta=meta,
    )


def answer(header: SyncHdr, code: int, chal: Chal | None) -> Status:
    """The Status for the server's header, with a challenge or its next nonce."""
    return Status(
        "",
        header.msg_id,
        "0",
        "SyncHdr",
        target_ref=[header.target.loc_uri],
        source_ref=[header.source.loc_uri],
        chal=chal,
        data=str(int(code)),
    )
