"""How an account proves itself where a header of the request is not enough: OAuth 2 client credentials.

A flow builds the token request and reads the token; sending it, caching the token and renewing it is the client's work.
Carriers with a plain key or Basic authentication put it into `request`'s headers, with the functions below.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """One POST for a token. `path` is relative to the carrier's base address, or to `issuer` where that is another.

    A base address outside the carrier's own domain (a sandbox, a proxy) issues the tokens too.
    """

    path: str
    headers: Mapping[str, str]
    body: bytes
    issuer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An access token and how many seconds it lives."""

    value: str
    lives_s: float


class AuthFlow(Protocol):
    """Gets a token, and says how a request bears it."""

    def token_request(self, credentials: Mapping[str, str]) -> TokenRequest: ...

    def read_token(self, decoded: Any) -> Token: ...

    def headers(self, token: Token) -> dict[str, str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth2ClientCredentials:
    """RFC 6749, 4.4. `client_auth` says where the id and secret go; `encoding` how the body is written.

    `issuer` is the address of the host that gives tokens, where that is not the API's.
    """

    path: str
    issuer: str = ""
    id_field: str = "client_id"
    secret_field: str = "client_secret"  # noqa: S105  the name of a credential, not one
    client_auth: Literal["body", "basic"] = "body"
    encoding: Literal["form", "json"] = "form"
    scope: str | None = None
    extra_headers: tuple[tuple[str, str], ...] = ()

    def token_request(self, credentials: Mapping[str, str]) -> TokenRequest:
        """The POST for a token of these credentials."""
        client_id, secret = credentials[self.id_field], credentials[self.secret_field]
        fields = {"grant_type": "client_credentials"}
        headers = dict(self.extra_headers)
        if self.client_auth == "basic":
            headers["Authorization"] = basic(client_id, secret)
        else:
            fields |= {"client_id": client_id, "client_secret": secret}
        if self.scope is not None:
            fields["scope"] = self.scope
        if self.encoding == "json":
            headers["Content-Type"] = "application/json"
            return TokenRequest(path=self.path, headers=headers, body=json.dumps(fields).encode(), issuer=self.issuer)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return TokenRequest(path=self.path, headers=headers, body=urlencode(fields).encode(), issuer=self.issuer)

    def read_token(self, decoded: Any) -> Token:
        """The token of a decoded answer; some write `expires_in` as text. A missing lifetime counts as ten minutes."""
        return Token(value=str(decoded["access_token"]), lives_s=float(decoded.get("expires_in") or 600))

    def headers(self, token: Token) -> dict[str, str]:
        """RFC 6750, 2.1."""
        return {"Authorization": f"Bearer {token.value}"}


def basic(user: str, password: str) -> str:
    """The value of an Authorization header, RFC 7617, UTF-8."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
