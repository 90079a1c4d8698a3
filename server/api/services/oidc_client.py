"""The OpenID Connect client: discovery, keys, code exchange. Authlib builds the requests."""

import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import msgspec
import trio
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.jwk import KeySet

from core.config.settings import Settings
from core.identity import id_tokens, providers
from core.identity.id_tokens import Claims, InvalidIdToken, UnknownKey
from core.identity.providers import Provider
from core.telemetry.log import Log, log
from core.text import reasons

REQUEST: Final = 4.0  # seconds for one request to a provider
ALTOGETHER: Final = 8.0  # seconds for all requests of a sign-in, within the deadline of our own request
LARGEST: Final = 256 * 1024  # bytes of one answer
MAX_CONCURRENT: Final = 16  # concurrent exchanges with one provider
MAX_QUEUE: Final = 64  # sign-ins that may be queued for one of these
TTL: Final = 60 * 60.0  # seconds that discovery and keys are cached
SOONEST: Final = 30.0  # seconds between two requests for new keys
_CODE: Final = re.compile(r"[a-z_]{1,40}")
LOG_INTERVAL: Final = 60.0  # seconds between two log lines about refused codes and tokens
SCOPE: Final = "openid email profile"


class Away(Exception):
    """The provider does not answer, or not as OpenID Connect requires."""


class Refused(Exception):
    """The provider refused the code: it was used, has expired, or belongs to another flow."""


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a discovery document that we use."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    authorization_response_iss_parameter_supported: bool = False
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class _Tokens(msgspec.Struct, frozen=True):
    id_token: str
    access_token: str


class _OAuthError(msgspec.Struct, frozen=True):
    error: str


class _Known(msgspec.Struct):
    metadata: Metadata
    keys: KeySet
    at: float


class Issuer:
    """One provider. Its discovery document and keys are loaded when needed, and cached."""

    def __init__(self, provider: Provider, http: httpx.AsyncClient) -> None:
        self.provider = provider
        self._http = http
        self._known: _Known | None = None
        self._logged_at = -LOG_INTERVAL
        self._looking = trio.Lock()
        self._slots = trio.CapacityLimiter(MAX_CONCURRENT)

    async def sign_in_url(self, *, back: str, state: str, nonce: str, verifier: str) -> str:
        """The provider's sign-in address to redirect to; raises Away."""
        async with self._slot():
            known = await self._look()
        url: str = prepare_grant_uri(
            known.metadata.authorization_endpoint,
            client_id=self.provider.client_id,
            response_type="code",
            redirect_uri=back,
            scope=SCOPE,
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        return url

    async def claims(
        self, code: str, *, iss: str | None = None, back: str, nonce: str, verifier: str, now: int
    ) -> Claims:
        """Exchange `code` for the user's claims; raises Refused, Away or InvalidIdToken. `now` in ms.

        `iss`: the issuer parameter of the callback. If the provider announces that it sends it, a code
        without it belongs to another provider and is not sent to this one (RFC 9207).
        """
        async with self._slot():
            known = await self._look()
            required = known.metadata.authorization_response_iss_parameter_supported
            if iss != self.provider.issuer and (required or iss is not None):
                raise InvalidIdToken("the callback names another issuer, or none")
            tokens = await self._exchange(known.metadata, code, back=back, verifier=verifier)
            token = await self._read(tokens, nonce=nonce, now=now)
            info = None
            if "email" not in token and known.metadata.userinfo_endpoint:
                info = await self._userinfo(known.metadata.userinfo_endpoint, tokens.access_token)
            return id_tokens.claims(token, info)

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        """One of MAX_CONCURRENT slots, for ALTOGETHER; raises Away at once when MAX_QUEUE wait."""
        if self._slots.statistics().tasks_waiting >= MAX_QUEUE:
            raise Away("too many sign-ins wait for this provider")
        try:
            with trio.fail_after(ALTOGETHER):
                async with self._slots:
                    yield
        except trio.TooSlowError:
            away = Away(f"no reply within {ALTOGETHER:g} s")
        except Away as error:
            away = error
        except (Refused, InvalidIdToken) as error:
            self._log_refusal(error)
            raise
        else:
            return
        # The user reads only that the provider does not answer; the reason is for the operator.
        log(Log.PROVIDER_AWAY, level=logging.WARNING, provider=self.provider.id, reason=str(away))
        raise away

    def _log_refusal(self, error: Refused | InvalidIdToken) -> None:
        """Log for the operator: a wrong client secret looks like this. At most once per LOG_INTERVAL, because
        any caller can cause it.
        """
        now = trio.current_time()
        if now >= self._logged_at + LOG_INTERVAL:
            self._logged_at = now
            log(Log.PROVIDER_REFUSED, level=logging.WARNING, provider=self.provider.id, reason=str(error))

    async def _read(self, tokens: _Tokens, *, nonce: str, now: int) -> dict[str, Any]:
        facts: dict[str, Any] = {
            "provider": self.provider,
            "nonce": nonce,
            "access_token": tokens.access_token,
            "now": now,
        }
        known = await self._look()
        try:
            return id_tokens.read(tokens.id_token, known.keys, **facts)
        except UnknownKey:
            known = await self._look(newer_than=known)
            return id_tokens.read(tokens.id_token, known.keys, **facts)

    async def _look(self, *, newer_than: _Known | None = None) -> _Known:
        """Discovery and keys; reloaded after TTL, or for keys newer than `newer_than` after SOONEST."""
        async with self._looking:  # single-flight: waiting calls get the first one's result
            known, now = self._known, trio.current_time()
            if known is not None and now - known.at < (SOONEST if newer_than is known else TTL):
                return known
            metadata = await self._discover()
            keys = id_tokens.key_set(await self._json("GET", metadata.jwks_uri))
            self._known = _Known(metadata, keys, now)
            return self._known

    async def _discover(self) -> Metadata:
        url = f"{self.provider.issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            found = msgspec.convert(await self._json("GET", url), Metadata)
        except msgspec.ValidationError as error:
            raise Away(f"discovery: {error}") from None
        if found.issuer != self.provider.issuer:
            raise Away("the discovery document is another issuer's")
        ours = urlsplit(self.provider.issuer).scheme
        for each in (
            found.authorization_endpoint,
            found.token_endpoint,
            found.jwks_uri,
            found.userinfo_endpoint,
        ):
            if each is not None and urlsplit(each).scheme not in {"https", ours}:
                raise Away("an endpoint without TLS")
        return found

    async def _exchange(self, metadata: Metadata, code: str, *, back: str, verifier: str) -> _Tokens:
        body = prepare_token_request(
            "authorization_code", code=code, redirect_uri=back, code_verifier=verifier
        )
        # In the body if the provider accepts it: the two sides often disagree how Basic escapes a secret.
        post = "client_secret_post"
        method = post if post in metadata.token_endpoint_auth_methods_supported else "client_secret_basic"
        client = ClientAuth(self.provider.client_id, self.provider.client_secret, method)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        url, headers, body = client.prepare("POST", metadata.token_endpoint, headers, body)
        answer = await self._json("POST", url, headers=headers, content=body)
        try:
            return msgspec.convert(answer, _Tokens)
        except msgspec.ValidationError:
            raise Away("no id token") from None

    async def _userinfo(self, url: str, access_token: str) -> dict[str, Any]:
        answer = await self._json("GET", url, headers={"Authorization": f"Bearer {access_token}"})
        if not isinstance(answer, dict):
            raise Away("userinfo is not an object")
        return answer

    async def _json(self, method: str, url: str, **given: Any) -> Any:
        try:
            async with self._http.stream(method, url, **given) as answer:
                if "Content-Encoding" in answer.headers:
                    raise Away("the response has a Content-Encoding that was not requested")
                body = b""
                async for part in answer.aiter_raw():
                    body += part
                    if len(body) > LARGEST:
                        raise Away("the response is too large")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise Away(reasons.said(error)) from None
        if method == "POST" and 400 <= answer.status_code < 500:
            raise Refused(f"status {answer.status_code}{_oauth_error(body)}")
        if answer.status_code != 200:
            raise Away(f"status {answer.status_code}")
        try:
            return msgspec.json.decode(body)
        except (msgspec.DecodeError, RecursionError):
            raise Away("the response is not JSON") from None


def _oauth_error(body: bytes) -> str:
    """`: invalid_client`, if the answer contains this error code (RFC 6749 5.2); never matches a token."""
    try:
        said = msgspec.json.decode(body, type=_OAuthError).error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return f": {said}" if _CODE.fullmatch(said) else ""


def of(settings: Settings) -> dict[str, Issuer]:
    """All configured issuers by provider id; raises SettingsError."""
    listed = providers.of(settings)
    http = _client() if listed else None  # costly: it loads all certificate authorities
    return {name: Issuer(each, http) for name, each in listed.items() if http is not None}


def _client() -> httpx.AsyncClient:
    """The HTTP client for issuers: no redirects, no environment proxies, no cookies, no compression."""
    return httpx.AsyncClient(
        timeout=REQUEST,
        trust_env=False,
        headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "parley"},
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        limits=httpx.Limits(max_keepalive_connections=0),
    )
