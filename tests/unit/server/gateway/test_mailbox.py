"""The mailbox of a slow peer: what it keeps, in which order, and when it is full."""

import pytest
from websockets.frames import Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from protocol import limits
from server.gateway.mailbox import PORTION, Mailbox, wrap

FRAME = b"x" * 1_000


def everything(mailbox: Mailbox) -> bytes:
    taken = b""
    while portion := mailbox.take():
        taken += portion
    return taken


def filled(size: int) -> Mailbox:
    mailbox = Mailbox(b"rest")
    while mailbox.size < size:
        assert mailbox.put(FRAME)
    return mailbox


def test_frames_leave_in_order_after_the_rest_of_the_first() -> None:
    mailbox = Mailbox(b"rest")
    assert mailbox.put(b"one") and mailbox.put(b"two")
    assert everything(mailbox) == b"restonetwo"
    assert mailbox.size == 0


def test_a_mailbox_is_full_beyond_its_bytes() -> None:
    mailbox = filled(limits.MAILBOX_BYTES - len(FRAME))
    assert not (mailbox.put(FRAME) and mailbox.put(FRAME))


def test_a_mailbox_is_full_beyond_its_frames_however_small() -> None:
    mailbox = Mailbox(b"rest")
    assert [mailbox.put(b"x") for _ in range(limits.MAILBOX_FRAMES)] == [
        *[True] * (limits.MAILBOX_FRAMES - 1),
        False,
    ]


def test_below_the_soft_mark_every_ephemeral_frame_is_kept() -> None:
    mailbox = Mailbox(b"rest")
    assert mailbox.put(b"1", "typing") and mailbox.put(b"2", "typing")
    assert everything(mailbox) == b"rest12"


def test_past_the_soft_mark_frames_of_one_key_are_coalesced_and_come_last() -> None:
    mailbox = filled(limits.MAILBOX_SOFT_BYTES + 1)
    for name, data in (("typing", b"[1]"), ("page", b"[2]"), ("typing", b"[3]")):
        assert mailbox.put(data, name)
    assert mailbox.put(b"[last]")
    assert everything(mailbox).endswith(b"[last][3][2]")


def test_a_coalesced_frame_never_comes_after_a_newer_one_of_its_key() -> None:
    mailbox = filled(limits.MAILBOX_SOFT_BYTES + 1)
    mailbox.put(b"[typing on]", "typing")
    mailbox.take()  # the peer reads a little, and the mailbox is below the mark again
    assert mailbox.size < limits.MAILBOX_SOFT_BYTES
    mailbox.put(b"[typing off]", "typing")
    rest = everything(mailbox)
    assert b"[typing off]" in rest and b"[typing on]" not in rest


def test_ephemeral_frames_of_invented_keys_fill_no_memory() -> None:
    mailbox = filled(limits.MAILBOX_SOFT_BYTES + 1)
    for name in range(limits.MAILBOX_FRAMES * 3):
        assert mailbox.put(b"[e]", name)
    assert everything(mailbox).count(b"[e]") == limits.MAILBOX_FRAMES


def test_an_abandoned_mailbox_finishes_the_frame_under_way_and_ends_with_the_last() -> None:
    mailbox = Mailbox(b"rest")
    mailbox.put(b"one")
    mailbox.put(b"two")
    mailbox.abandon(b"close")
    assert everything(mailbox) == b"restclose"


def test_a_mailbox_abandoned_while_a_portion_is_being_sent_tears_no_frame() -> None:
    mailbox = Mailbox(b"rest")
    portion = mailbox.take()
    mailbox.put(b"whole")
    mailbox.abandon(b"close")
    mailbox.put_back(portion[2:])
    assert everything(mailbox) in {b"stclose", b"stwholeclose"}


def test_a_portion_is_limited_in_size() -> None:
    mailbox = filled(limits.MAILBOX_BYTES - 2 * len(FRAME))
    assert len(mailbox.take()) < PORTION + len(FRAME)


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65_535, 65_536, 70_000])
@pytest.mark.parametrize("text", [False, True])
def test_a_wrapped_payload_equals_the_frame_of_the_websockets_library(length: int, text: bool) -> None:
    wire = ServerProtocol(state=State.OPEN)
    payload = b"y" * length
    (wire.send_text if text else wire.send_binary)(payload)
    assert b"".join(wire.data_to_send()) == wrap(payload, text=text)
    assert wrap(payload, text=text)[0] & 0x0F == (Opcode.TEXT if text else Opcode.BINARY)
