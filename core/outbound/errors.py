"""Why a request to a user's address was not made, or has no usable answer. The texts are for that user."""


class OutboundError(Exception):
    """The root. `code` is stable; the text says what happened and holds no secret."""

    code = "failed"


class BadUrl(OutboundError):
    """No address that may be asked: its form, scheme, port or user name."""

    code = "bad_url"


class AddressRefused(OutboundError):
    """The host is, or resolves to, an address that is not a public one."""

    code = "address_refused"


class Unresolvable(OutboundError):
    """The host's name has no address."""

    code = "unresolvable"


class ConnectFailed(OutboundError):
    """No connection, or it broke."""

    code = "connect_failed"


class CertificateRefused(OutboundError):
    """TLS failed: the certificate is not valid for the host, or there is no TLS."""

    code = "certificate"


class TimedOut(OutboundError):
    """The whole exchange took longer than it may."""

    code = "timed_out"


class TooLarge(OutboundError):
    """The answer is longer than it may be."""

    code = "too_large"


class BadAnswer(OutboundError):
    """The answer is no HTTP, or in an encoding that was not asked for."""

    code = "bad_answer"


class TooManyRedirects(OutboundError):
    """More redirects than the caller allows."""

    code = "too_many_redirects"
