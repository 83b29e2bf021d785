"""Both proofs of a session: who the server takes the client for, and the client the server (DM Protocol §9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from simulator.codes.status import StatusCode
from simulator.errors import TreeError
from simulator.objects import dmacc
from simulator.security import mac
from simulator.security.mac import Integrity
from simulator.security.nonce import Random
from simulator.session.authentication import ClientProof, ServerProof, Verdict, usable
from simulator.session.events import Noted
from simulator.session.reading import Reading
from simulator.session.settings import SessionSettings
from simulator.syncml.message import Chal, SyncHdr
from simulator.tree import Tree


class Mutual:
    """The account's credentials as they were when the session began: changed ones count from the next session
    on (DM Security §5.3)."""

    def __init__(
        self, account: dmacc.Account, random: Random, settings: SessionSettings, nonce: bytes | None
    ) -> None:
        self.client = ClientProof(usable(account.client, dmacc.CLIENT), nonce)
        self.server = ServerProof(usable(account.server, dmacc.SERVER), random, settings.accepted_status, nonce)
        self.verdict = Verdict(StatusCode.OK)
        """Of the server's latest message."""
        self._uri = account.uri
        self._integrity = settings.integrity

    def integrity(self, ver_proto: str) -> Integrity:
        return mac.integrity_for(ver_proto, self._integrity)

    def heard(
        self, header: SyncHdr, found: Reading, body: bytes, headers: Mapping[str, str], ver_proto: str
    ) -> str | None:
        """Take a message of the server. Returns why it will not have the client, if it will not."""
        self.server.message_came()
        refusal = None
        if found.header_code is not None:
            refusal = self.client.answered(found.header_code, found.chal)
        beside = next((text for name, text in headers.items() if name.lower() == mac.HEADER), None)
        self.verdict = self.server.judge(header.cred, beside, body, self.integrity(ver_proto))
        return refusal

    def store_nonces(self, tree: Tree) -> Iterator[Noted]:
        """Keep the nonces that both sides have now. Nothing is kept for a server that did not prove itself."""
        if not self.server.trusted:
            return
        for level, proof in ((dmacc.CLIENT, self.client), (dmacc.SERVER, self.server)):
            if proof.settled is None:
                continue
            try:
                dmacc.store_nonce(tree, self._uri, level, proof.settled)
            except TreeError as error:
                # The server may have changed or deleted its own account in this session.
                yield Noted(f"the account has no place for its next {level} nonce: {error}")
            proof.settled = None

    def challenge(self) -> Chal | None:
        """What goes with the Status for the server's header: a challenge, or its next nonce."""
        if self.verdict.chal is not None and not self.verdict.trusted:
            self.server.challenged()
        return self.verdict.chal

    def why_not(self) -> str:
        """Why the server is given up."""
        return f"the server was challenged {self.server.challenges} times, and {self.verdict.why}"
