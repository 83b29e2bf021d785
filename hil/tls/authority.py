"""A certificate authority for one run: it signs the server's certificate and the device's.

Keys are P-256: a handshake with one costs a server less than half of what RSA does. Files, because the ssl
module takes certificates from nowhere else; the directory is private and goes with the run.
"""

from __future__ import annotations

import ipaddress
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = timedelta(days=30)
"""In real time, whatever the scenario's clock does: TLS libraries look at the machine's."""
SKEW = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and its key."""

    certificate: Path
    key: Path


class Authority:
    """`close` it, or use it as a context manager: its files are then gone."""

    def __init__(self, name: str = "dmrig run") -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="dmrig-tls-")
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name} authority")])
        self._count = 0
        self._certificate = (
            self._builder(self._name, self._key.public_key(), timedelta(0))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        self.ca = self._write("ca.pem", self._certificate.public_bytes(serialization.Encoding.PEM))
        """A PEM file with the authority's own certificate."""

    def close(self) -> None:
        self._directory.cleanup()

    def __enter__(self) -> Authority:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def server(self, hosts: Sequence[str], *, expired: bool = False) -> Issued:
        """For a server that is reached under these names and addresses."""
        names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
        return self._issue(
            hosts[0], ExtendedKeyUsageOID.SERVER_AUTH, names, -LIFETIME if expired else timedelta(0)
        )

    def client(self, name: str) -> Issued:
        """For a device."""
        names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(f"urn:dmrig:{name}")])
        return self._issue(name[:64], ExtendedKeyUsageOID.CLIENT_AUTH, names, timedelta(0))

    def _issue(
        self, name: str, purpose: x509.ObjectIdentifier, names: x509.SubjectAlternativeName, shift: timedelta
    ) -> Issued:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        certificate = (
            self._builder(subject, key.public_key(), shift)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            .add_extension(names, critical=False)
            .add_extension(authority, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        self._count += 1
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return Issued(
            self._write(f"{self._count}.pem", certificate.public_bytes(serialization.Encoding.PEM)),
            self._write(f"{self._count}.key", private),
        )

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, shift: timedelta
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + shift - SKEW)
            .not_valid_after(now + shift + LIFETIME - SKEW)
        )

    def _write(self, name: str, octets: bytes) -> Path:
        path = Path(self._directory.name, name)
        path.touch(mode=0o600)
        path.write_bytes(octets)
        return path


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
