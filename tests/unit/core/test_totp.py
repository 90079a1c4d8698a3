"""TOTP codes, their QR code, recovery codes."""

import os
import re

import segno

from core.identity import totp
from core.ids import UserId

# RFC 6238, appendix B, SHA-1; the last six digits of its eight.
RFC_SECRET = b"12345678901234567890"
RFC_CODES = {59: "287082", 1111111109: "081804", 1234567890: "005924", 2000000000: "279037"}


def test_our_codes_match_the_rfc() -> None:
    for at, code in RFC_CODES.items():
        assert totp.step_of(RFC_SECRET, code, now=at * 1000) == at // 30


def test_a_code_is_valid_one_step_before_and_after_and_no_further() -> None:
    at, code = 1111111109, RFC_CODES[1111111109]
    step = at // 30
    good = [shift for shift in range(-3, 4) if totp.step_of(RFC_SECRET, code, now=(at + 30 * shift) * 1000)]
    assert good == [-1, 0, 1]
    assert totp.step_of(RFC_SECRET, code, now=(at + 30) * 1000) == step


def test_a_code_may_contain_a_space_and_nothing_else() -> None:
    now = 59_000
    assert totp.step_of(RFC_SECRET, "287 082", now=now) == 1
    for wrong in ("287083", "28708", "", "2870820", "٢٨٧٠٨٢", "287-082"):
        assert totp.step_of(RFC_SECRET, wrong, now=now) is None


def test_a_secret_has_160_bits_and_its_uri_names_the_account() -> None:
    secret = totp.fresh_secret()
    assert len(secret) == 20
    uri = totp.uri(secret, account="mai@shop.example")
    assert uri == (f"otpauth://totp/Parley:mai%40shop.example?secret={totp.written(secret)}&issuer=Parley")


def test_the_qr_code_is_one_path_and_matches_segno() -> None:
    text = totp.uri(RFC_SECRET, account="mai@shop.example")
    svg = totp.qr_svg(text)
    found = re.fullmatch(
        r'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 (\d+) \1">'
        r'<path d="((?:M\d+ \d+h\d+v1h-\d+z)+)"/></svg>',
        svg,
    )
    assert found
    drawn = {
        (x, int(y))
        for left, y, width in re.findall(r"M(\d+) (\d+)h(\d+)", found[2])
        for x in range(int(left), int(left) + int(width))
    }
    rows = list(segno.make_qr(text, error="m").matrix_iter(border=4))
    assert int(found[1]) == len(rows)
    assert drawn == {(x, y) for y, row in enumerate(rows) for x, dark in enumerate(row) if dark}


def test_recovery_codes_are_ten_and_unique() -> None:
    codes = totp.fresh_recovery_codes()
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"[0-9a-hj-km-np-tv-z]{4}(-[0-9a-hj-km-np-tv-z]{4}){2}", code) for code in codes)


def test_a_recovery_code_matches_however_it_is_typed_and_for_its_user_alone() -> None:
    mai, tom = UserId(os.urandom(16)), UserId(os.urandom(16))
    kept = totp.recovery_digest(mai, "0123-abcd-1xyz")
    assert totp.recovery_digest(mai, " OI23 ABCD lXYZ") == kept
    assert totp.recovery_digest(tom, "0123-abcd-1xyz") != kept
