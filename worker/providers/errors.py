"""What can go wrong with a provider, as codes. Neither its words nor the exceptions of a library are kept."""

from typing import Literal

Code = Literal[
    "provider_unavailable",  # not reached, or it says that it fails
    "provider_refused",  # it does not want this request: a wrong key, an unknown model
    "provider_busy",  # it limits us
    "provider_silent",  # a deadline passed
    "provider_garbage",  # what came is not a whole answer
]


class ProviderError(Exception):
    """`retryable`: the same request may succeed later; `retry_after`: in so many seconds, if it said so."""

    def __init__(self, code: Code, *, retryable: bool = True, retry_after: float | None = None) -> None:
        super().__init__(code)
        self.code: Code = code
        self.retryable = retryable
        self.retry_after = retry_after
