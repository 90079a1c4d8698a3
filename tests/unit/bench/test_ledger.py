"""The ledger detects every way in which a message can be lost, doubled, reordered or changed."""

import pytest

from bench.verdict import rows
from bench.verdict.ledger import Ledger, Reception, Verdict

HOME = b"c" * 16
AWAY = b"d" * 16


@pytest.fixture
def ledger() -> Ledger:
    """Three texts, by the visitors 0, 1 and 0."""
    made = Ledger(b"mark..!")
    for owner in (0, 1, 0):
        made.texts.write(owner, 0.0)
    return made


def store(ledger: Ledger, number: int, seq: int, *, conversation: bytes = HOME, project: int = 0) -> bool:
    return ledger.acknowledge(ledger.texts, number, conversation, seq, project=project)


def stored_rows(ledger: Ledger) -> list[rows.Row]:
    """As the database should hold them: visitor 0 talks in HOME, visitor 1 in AWAY."""
    places = [(HOME, 1, 0), (HOME, 2, 2), (AWAY, 1, 1)]
    for conversation, seq, number in places:
        store(ledger, number, seq, conversation=conversation)
    texts = ledger.texts
    return [
        (conversation, seq, texts.ref(number), texts.body(number)) for conversation, seq, number in places
    ]


def judged(ledger: Ledger, found: list[rows.Row]) -> Verdict:
    rows.compare(found, ledger, ledger.seen)
    return ledger.seen


def test_a_run_in_which_everything_is_stored_in_order_is_clean(ledger: Ledger) -> None:
    assert judged(ledger, stored_rows(ledger)).clean
    assert ledger.waiting == 0


def test_a_text_that_was_never_acknowledged_is_waiting(ledger: Ledger) -> None:
    store(ledger, 0, 1)
    assert ledger.waiting == 2


def test_a_repeated_acknowledgement_is_harmless_and_a_different_one_is_not(ledger: Ledger) -> None:
    assert store(ledger, 0, 1)
    assert not store(ledger, 0, 1)
    assert ledger.seen.clean
    assert not store(ledger, 0, 2)
    assert ledger.seen.doubled == 1


def test_acknowledgements_out_of_the_senders_order_are_reordered(ledger: Ledger) -> None:
    store(ledger, 2, 1)
    store(ledger, 0, 1)
    assert ledger.seen.reordered == 1


def test_a_conversation_that_appears_in_another_project_has_crossed(ledger: Ledger) -> None:
    store(ledger, 0, 1, project=0)
    store(ledger, 2, 2, project=1)
    assert ledger.seen.crossed == 1


def test_an_acknowledgement_of_a_text_that_was_never_sent_has_crossed(ledger: Ledger) -> None:
    assert not store(ledger, 17, 1)
    assert not ledger.acknowledge(ledger.texts, None, HOME, 1, project=0)
    assert ledger.seen.crossed == 2


def test_a_received_text_must_match_a_sent_one(ledger: Ledger) -> None:
    texts = ledger.texts
    assert ledger.sent(texts.ref(1), texts.body(1)) == (texts, 1)
    assert ledger.seen.clean
    assert ledger.sent(texts.ref(1), texts.body(2)) is None
    assert ledger.sent(texts.ref(9), texts.body(9)) is None
    assert ledger.sent(b"r" * 16, "hello") is None
    assert ledger.sent(None, "hello") is None
    assert ledger.seen.crossed == 4


def test_bodies_are_all_different_and_equally_long(ledger: Ledger) -> None:
    assert len({ledger.texts.body(number) for number in range(1000)}) == 1000
    assert {len(ledger.texts.body(number)) for number in range(1000)} == {100}


def test_an_acknowledged_text_without_a_row_is_lost(ledger: Ledger) -> None:
    assert judged(ledger, stored_rows(ledger)[:1]).lost == 2


def test_a_gap_in_the_seqs_is_a_loss(ledger: Ledger) -> None:
    first, second, third = stored_rows(ledger)
    assert judged(ledger, [first, (HOME, 3, *second[2:]), third]).lost == 1


def test_a_ref_in_two_rows_is_doubled(ledger: Ledger) -> None:
    first, second, third = stored_rows(ledger)
    assert judged(ledger, [first, second, (HOME, 3, *second[2:]), third]).doubled == 1


def test_rows_out_of_the_senders_order_are_reordered(ledger: Ledger) -> None:
    first, second, third = stored_rows(ledger)
    swapped = [(HOME, 1, *second[2:]), (HOME, 2, *first[2:]), third]
    assert judged(ledger, swapped).reordered == 3  # one for the order, two for seqs other than acknowledged


def test_a_row_whose_text_was_changed_has_crossed(ledger: Ledger) -> None:
    first, *others = stored_rows(ledger)
    assert judged(ledger, [(*first[:3], "something else"), *others]).crossed == 1


def test_a_receiver_drops_duplicates_and_knows_its_gaps() -> None:
    reception = Reception()
    assert reception.take(HOME, 1)
    assert not reception.take(HOME, 1)
    assert reception.take(HOME, 4)
    assert not reception.take(HOME, 4)
    assert (reception.upto, reception.ahead) == ({HOME: 1}, {HOME: {4}})
    assert reception.take(HOME, 2, live=False)
    assert reception.take(HOME, 3, live=False)
    assert (reception.upto, reception.ahead) == ({HOME: 4}, {})
    assert (reception.count, reception.repeats, reception.reordered) == (4, 2, 0)


def test_a_live_message_below_the_receivers_last_seq_is_reordered() -> None:
    reception = Reception()
    for seq in (1, 3, 2):
        reception.take(HOME, seq)
    assert reception.reordered == 1
    assert reception.upto == {HOME: 3}


def test_a_receiver_is_missing_texts_that_others_saw_acknowledged_in_its_project(ledger: Ledger) -> None:
    stored_rows(ledger)
    reception = Reception()
    assert ledger.missing(reception, project=0) == 3
    assert ledger.missing(reception, project=1) == 0
    reception.take(HOME, 2)
    assert ledger.missing(reception, project=0) == 2
    reception.take(HOME, 1)
    reception.take(AWAY, 1)
    assert ledger.missing(reception, project=0) == 0
