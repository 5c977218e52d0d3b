"""What can be set, from a TOML file and from the environment; every fault is told at once."""

from __future__ import annotations

import ipaddress
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aava_rules import AavaRulesError
from aava_rules.tools.cli.options import DEFAULT_RULEBOOK

PREFIX: Final = "AAVA_RULES_HTTP_"
"""The beginning of the variables of the environment: ``AAVA_RULES_HTTP_PORT`` sets ``port``."""
Algorithm = Literal["ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA"]
"""How a token may be signed. Each has a public key: with a shared secret, the service could sign tokens itself."""


class SettingsError(AavaRulesError):
    """The service cannot run with these settings; the message names each that is wrong, and never a value."""


class Settings(BaseModel):
    """How the service runs.

    Attributes:
        rulebooks: names, or paths of folders; the first answers requests that name none.
        host, port: where it listens.
        tls_certificate, tls_key: the files of the certificate and its key; without them a proxy has to bring TLS.
        token_keys: the file with the public keys (a JSON Web Key Set) that tokens are signed with; without it tokens
            are not asked for, which is only allowed where nobody else can reach the service (``host`` is a loopback).
        token_issuer, token_audience: what tokens have to say of who made them (``iss``), and for whom (``aud``, one of
            these).
        token_algorithms: how they may be signed.
        token_leeway: by how many seconds clocks may differ.
        body_bytes: most bytes of a request, or of a line of many.
        read_seconds: most seconds for the head of a request, between two pieces of its body, and that a caller may take
            nothing of the answer.
        body_seconds: most seconds until the whole body of one request has come; lines come as long as they come.
        answer_seconds: most seconds for an answer; not of one that is given at once.
        answer_at_once_bytes: requests of at most so many bytes are answered by the thread that reads them, since a
            small record is decided sooner than it is handed to another thread; 0 for none. Where a plugin takes note of
            decisions, none is.
        at_once: how many requests are answered or wait at the same time; beyond that, 503.
        workers: how many processes answer; one for each core is best.
        stop_seconds: how long requests that were accepted may take when the service is stopped.
        audit: ``strict`` for no answer without its row in the audit log of a plugin.
        cds_codes: the file of codes of aava-rules-fhir, by which CDS Hooks are answered; without it they are not.
        cds_language: the language of cards.
        cors_origins: the origins of pages whose programs may ask; none if it is empty.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    rulebooks: tuple[str, ...] = Field((DEFAULT_RULEBOOK,), min_length=1)
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    token_keys: Path | None = None
    token_issuer: str | None = Field(None, min_length=1)
    token_audience: tuple[str, ...] = ()
    token_algorithms: tuple[Algorithm, ...] = Field(("ES384", "RS384", "ES256", "RS256"), min_length=1)
    token_leeway: int = Field(30, ge=0, le=600)
    body_bytes: int = Field(4 * 2**20, ge=1024, le=16 * 2**20)
    read_seconds: float = Field(10, gt=0, le=600)
    body_seconds: float = Field(60, gt=0, le=3600)
    answer_seconds: float = Field(30, gt=0, le=600)
    answer_at_once_bytes: int = Field(8192, ge=0, le=2**20)
    at_once: int = Field(64, ge=1, le=10_000)
    workers: int = Field(1, ge=1, le=256)
    stop_seconds: int = Field(30, ge=1, le=3600)
    audit: Literal["strict"] | None = None
    cds_codes: Path | None = None
    cds_language: Literal["fi", "sv", "en"] = "fi"
    cors_origins: tuple[str, ...] = ()

    @property
    def names_rulebooks(self) -> bool:
        """Whether the rulebooks were named, and are not those by default."""
        return "rulebooks" in self.model_fields_set

    @property
    def open(self) -> bool:
        """Whether nobody is asked for a token."""
        return self.token_keys is None


def read_settings(
    path: Path | None = None, environment: Mapping[str, str] | None = None, options: Mapping[str, Any] | None = None
) -> Settings:
    """The settings of a file, of the environment, which goes before the file, and of options, which go before both.

    Args:
        path: the TOML file; None for none.
        environment: the variables; None for those of this process. Lists are separated by commas.
        options: settings by name; what is None, or not there, is that of the environment or of the file.

    Raises:
        SettingsError: the file cannot be read, or settings are wrong or do not go together.
    """
    values: dict[str, Any] = {}
    if path is not None:
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise SettingsError(f"{path}: the settings cannot be read ({error.strerror}).") from None
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise SettingsError(f"{path}: is no TOML ({type(error).__name__}).") from None
    for name, value in (os.environ if environment is None else environment).items():
        key = name.removeprefix(PREFIX).lower()
        if name.startswith(PREFIX) and value:
            several = key in ("rulebooks", "token_algorithms", "token_audience", "cors_origins")
            values[key] = [part.strip() for part in value.split(",") if part.strip()] if several else value
    values |= {name: value for name, value in (options or {}).items() if value is not None}
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        flaws = error.errors(include_url=False, include_input=False, include_context=False)
        told: dict[str, str] = {}
        for flaw in flaws:  # one of each setting: a list with a wrong part is also told to be too short
            told.setdefault(str(flaw["loc"][0]), _what(flaw["type"], flaw["msg"]))
        lines = [f"{name}: {what}" for name, what in told.items()]
    else:
        lines = list(_together(settings))
        if not lines:
            return settings
    raise SettingsError("\n".join(lines))


def _what(kind: str, message: str) -> str:
    return "there is no such setting" if kind == "extra_forbidden" else message


def _together(settings: Settings) -> list[str]:
    """What does not go together."""
    faults = []
    if settings.open and not is_loopback(settings.host):
        faults.append(
            "token_keys: is missing, and the service would listen to other machines. Give the public keys, or listen "
            "on 127.0.0.1 only."
        )
    if not settings.open and (settings.token_issuer is None or not settings.token_audience):
        faults.append("token_issuer, token_audience: are needed beside token_keys, or any token of theirs would do.")
    if settings.open and (settings.token_issuer or settings.token_audience):
        faults.append("token_keys: is missing beside token_issuer or token_audience, which would mean nothing.")
    if (settings.tls_certificate is None) != (settings.tls_key is None):
        faults.append("tls_certificate, tls_key: both are needed, or none.")
    return faults


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
