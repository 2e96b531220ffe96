"""The server's settings: what can be set, its defaults and what it must obey."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import platformdirs
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

APPLICATION = "napari-nora"


def default_data_folder() -> Path:
    """Return the folder below the user's data directory."""
    return Path(platformdirs.user_data_dir(APPLICATION)) / "server"


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches a server that listens on ``host``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class ServerSettings(_Section):
    """Where the server listens and how it is protected."""

    host: str = "127.0.0.1"
    port: int = Field(default=8042, ge=0, le=65535)
    """0 picks a free port."""
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    trusted_proxies: list[str] = []
    """Addresses of reverse proxies that end TLS, such as ``127.0.0.1``."""
    names: list[str] = []
    """Names by which clients reach the server (the ``Host`` header)."""
    max_json_megabytes: int = Field(default=16, ge=1, le=1024)

    @field_validator("trusted_proxies")
    @classmethod
    def _addresses(cls, addresses: list[str]) -> list[str]:
        for address in addresses:
            try:
                ipaddress.ip_network(address)
            except ValueError:
                raise ValueError(
                    f"{address!r} is no IP address or network; "
                    "write such as '127.0.0.1' or '10.1.0.0/16'"
                ) from None
        return addresses


class LoginSettings(_Section):
    """How log-ins and tokens behave."""

    session_hours: float = Field(default=12, gt=0, le=24 * 365)
    max_token_days: int = Field(default=365, ge=1, le=730)
    attempts: int = Field(default=5, ge=1, le=1000)
    """Wrong passwords for one account from one address before it must wait."""
    wait_seconds: float = Field(default=60, gt=0, le=24 * 3600)
    """Doubles with each further wrong password, up to an hour."""


class ArchiveSettings(_Section):
    """Where files may come from."""

    register_folders: list[Path] = []
    """Folders below which project admins may register data in place."""
    min_free_gigabytes: float = Field(default=1.0, ge=0)
    """``nora doctor`` warns below this."""


class JobSettings(_Section):
    """Where jobs run."""

    backend: str = Field(default="local", min_length=1)
    workers: int = Field(default=1, ge=1, le=10_000)
    """How many cases of one order run at the same time."""
    options: dict[str, str] = {}
    """Options of the back end, such as a partition."""


class LogSettings(_Section):
    """What is logged."""

    level: str = Field(default="info", pattern="^(debug|info|warning|error)$")


class Settings(_Section):
    """All settings; one TOML file, overridden by ``NORA_...`` variables."""

    data_folder: Path = Field(default_factory=default_data_folder)
    """Files, trash, uploads under way, job folders and the SQLite database."""
    database_url: SecretStr | None = None
    """``None``: SQLite in the data folder."""
    is_embedded: bool = False
    """Serves one user on this machine only (``nora serve --embedded``)."""
    server: ServerSettings = ServerSettings()
    login: LoginSettings = LoginSettings()
    archive: ArchiveSettings = ArchiveSettings()
    jobs: JobSettings = JobSettings()
    log: LogSettings = LogSettings()

    @field_validator("data_folder")
    @classmethod
    def _absolute(cls, folder: Path) -> Path:
        return folder.expanduser().absolute()

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: SecretStr | None) -> SecretStr | None:
        if url is None:
            return None
        text = url.get_secret_value()
        if text.startswith("postgresql://"):
            return SecretStr(text.replace("postgresql://", "postgresql+psycopg://", 1))
        if not text.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError(
                "the database is neither 'sqlite:///FILE' nor "
                "'postgresql://USER:PASSWORD@HOST/DATABASE'"
            )
        return url

    @model_validator(mode="after")
    def _is_protected(self) -> Settings:
        server = self.server
        if (server.tls_certificate is None) != (server.tls_key is None):
            raise ValueError(
                "server.tls_certificate and server.tls_key belong together; set both"
            )
        if is_loopback(server.host):
            return self
        if self.is_embedded:
            raise ValueError(
                f"server.host is {server.host!r}, but an embedded server listens on "
                "127.0.0.1 only; run `nora serve` without --embedded for a lab"
            )
        if server.tls_certificate is None and not server.trusted_proxies:
            raise ValueError(
                f"server.host is {server.host!r}: other machines would reach this "
                "server without encryption; set server.tls_certificate and "
                "server.tls_key, or server.trusted_proxies where a proxy ends TLS"
            )
        if not server.names:
            raise ValueError(
                f"server.host is {server.host!r}, so server.names must list the names "
                "by which clients reach it, such as ['nora.example.org']"
            )
        return self

    @property
    def host_names(self) -> frozenset[str]:
        """Names that requests may carry as ``Host``, besides those of loopback."""
        return frozenset() if self.is_embedded else frozenset(self.server.names)

    @property
    def job_folder(self) -> Path:
        """Where the folders of jobs lie."""
        return self.data_folder / "jobs"

    @property
    def effective_database_url(self) -> str:
        """The URL to connect to, with its password: never log it."""
        if self.database_url is None:
            return f"sqlite:///{self.data_folder / 'nora.sqlite'}"
        return self.database_url.get_secret_value()
