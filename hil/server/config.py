"""The file of ``dmrig server --config``: accounts, and commands for each device that comes."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field, field_validator, model_validator

from hil.account import Account
from hil.fields import Duration
from hil.server.commands import ServerCommand
from hil.server.habits import Habits, usual
from hil.server.http import ServerHttp
from hil.server.settings import ANY_DEVICE, Credentials, DeviceAccount, ServerSettings
from simulator.security.credentials import AAUTH_TYPE


class ConfigAccount(Account):
    """An account, in a scenario's words, and the device that has it."""

    device: str = ANY_DEVICE
    """What the device calls itself (./DevInfo/DevId); ``*`` for any device without an account of its own."""


class ServerConfig(Habits, ServerHttp):
    about: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    accounts: tuple[ConfigAccount, ...] = Field(min_length=1)
    commands: tuple[ServerCommand, ...] = ()
    """For each device, in each of its sessions."""
    session_timeout: Duration = timedelta(minutes=10)

    @field_validator("accounts")
    @classmethod
    def _one_each(cls, accounts: tuple[ConfigAccount, ...]) -> tuple[ConfigAccount, ...]:
        devices = [account.device for account in accounts]
        twice = sorted({device for device in devices if devices.count(device) > 1})
        if twice:
            raise ValueError(f"more than one account for {', '.join(twice)}")
        return accounts

    @model_validator(mode="after")
    def _someone_asks(self) -> ServerConfig:
        required = self.tls is not None and self.tls.clients == "required"
        if not required and any(account.auth == "TRANSPORT" for account in self.accounts):
            raise ValueError("an account with TRANSPORT is open to all without 'tls: {clients: required}'")
        return self

    def settings(self) -> ServerSettings:
        said = {**usual(), **self.changes()}
        return ServerSettings(commands=self.commands, session_timeout=self.session_timeout, **said)

    def device_accounts(self) -> dict[str, DeviceAccount]:
        return {account.device: account_of(account) for account in self.accounts}


def account_of(said: Account) -> DeviceAccount:
    """The server's side of an account."""
    if said.auth == "TRANSPORT":
        return DeviceAccount(client=None, server=None)
    auth = AAUTH_TYPE[said.auth]
    return DeviceAccount(
        client=Credentials(said.client_name, said.client_secret, auth, said.client_nonce),
        server=Credentials(said.server_name, said.server_secret, auth, said.server_nonce),
    )
