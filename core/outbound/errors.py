"""Errors of requests to users' addresses. The texts are shown to that user."""


class OutboundError(Exception):
    """The base class. `code` is stable; the text says what happened and holds no secret."""

    code = "failed"


class BadUrl(OutboundError):
    """A URL that is not allowed: its syntax, scheme, port or user name."""

    code = "bad_url"


class AddressRefused(OutboundError):
    """The host is, or resolves to, an address that is not public."""

    code = "address_refused"


class Unresolvable(OutboundError):
    """The host name has no address."""

    code = "unresolvable"


class ConnectFailed(OutboundError):
    """The connection failed or was lost."""

    code = "connect_failed"


class CertificateRefused(OutboundError):
    """TLS failed: the certificate is not valid for the host, or there is no TLS."""

    code = "certificate"


class TimedOut(OutboundError):
    """The exchange exceeded its timeout."""

    code = "timed_out"


class TooLarge(OutboundError):
    """The response exceeds its size limit."""

    code = "too_large"


class BadAnswer(OutboundError):
    """The response is not HTTP, or in an encoding that was not requested."""

    code = "bad_answer"


class TooManyRedirects(OutboundError):
    """More redirects than the caller allows."""

    code = "too_many_redirects"
