"""Bearer tokens (JSON Web Tokens), verified by PyJWT against public keys that the host gives in a file."""

from __future__ import annotations

from typing import Any

import jwt

from aava_rules_http.settings import Settings, SettingsError


class TokenError(Exception):
    """A token is missing or not to be trusted; the message says why, and nothing of the token."""


class Tokens:
    """Who may ask: whoever has a token that one of the keys has signed, from the right issuer, for this service."""

    def __init__(self, settings: Settings) -> None:
        """Args:
            settings: with ``token_keys``.

        Raises:
            SettingsError: the keys cannot be read, or are none.
        """
        assert settings.token_keys is not None
        self._settings = settings
        try:
            keys = jwt.PyJWKSet.from_json(settings.token_keys.read_text(encoding="utf-8")).keys
        except OSError as error:
            raise SettingsError(f"token_keys: cannot be read ({error.strerror}).") from None
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError) as error:
            raise SettingsError(f"token_keys: is no JSON Web Key Set ({type(error).__name__}).") from None
        if any(key.key_type == "oct" for key in keys):
            raise SettingsError("token_keys: has a shared secret. Give public keys alone.")
        self._by_id = {key.key_id: key for key in keys}
        self._only = keys[0] if len(keys) == 1 else None

    def subject(self, authorization: str) -> str:
        """Whom a token speaks of (``sub``), empty if it does not say.

        Args:
            authorization: the header of the request.

        Raises:
            TokenError: the token is missing or not to be trusted.
        """
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise TokenError("A bearer token is needed.")
        claims = self._claims(token.strip())
        subject = claims.get("sub")
        return subject[:200] if isinstance(subject, str) else ""

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            key = self._by_id.get(header["kid"]) if "kid" in header else self._only
            if key is None:
                raise TokenError("The token is signed with a key that is not known here.")
            algorithms = [name for name in self._settings.token_algorithms if name == header.get("alg")]
            return jwt.decode(
                token, key, algorithms=algorithms, audience=list(self._settings.token_audience),
                issuer=self._settings.token_issuer, leeway=self._settings.token_leeway,
                options={"require": ["exp", "iss", "aud"]},
            )  # fmt: skip
        except jwt.ExpiredSignatureError:
            reason = "The token has expired."
        except jwt.InvalidAudienceError:
            reason = "The token is for another service."
        except jwt.InvalidIssuerError:
            reason = "The token is of another issuer."
        except jwt.MissingRequiredClaimError as error:
            reason = f"The token does not say {error.claim}."
        except (jwt.PyJWTError, ValueError, TypeError):
            reason = "The token is not valid."
        # raised outside the handlers: what was raised may hold the token
        raise TokenError(reason)
