"""Refresh tokens: derived from their predecessor, recognised without being stored."""

from core.accounts import refresh_tokens


def test_a_successor_of_a_refresh_token_is_deterministic_and_does_not_reveal_its_predecessor() -> None:
    token = refresh_tokens.fresh(b"s" * 16, secret="s" * 32)
    first = refresh_tokens.successor(token, secret="s" * 32)
    assert first == refresh_tokens.successor(token, secret="s" * 32)
    assert first not in {
        token,
        refresh_tokens.successor(token, secret="t" * 32),
        refresh_tokens.digest(token).hex(),
    }


def test_a_refresh_token_names_its_session_to_the_server_alone_and_cannot_be_forged() -> None:
    token = refresh_tokens.fresh(b"s" * 16, secret="s" * 32)
    assert refresh_tokens.family(token, secret="s" * 32) == b"s" * 16
    assert (
        refresh_tokens.family(refresh_tokens.successor(token, secret="s" * 32), secret="s" * 32) == b"s" * 16
    )
    assert refresh_tokens.family(token, secret="t" * 32) is None
    for other in ("", "x", token[:-1], token + "=", token + "A", "!" + token, token[::-1], "é" * 86):
        assert refresh_tokens.family(other, secret="s" * 32) is None
