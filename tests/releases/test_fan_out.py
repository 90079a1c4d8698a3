"""Consumers' rows beside a release without them: its relay drains new rows, and its rows are drained here."""

import json
from pathlib import Path

import pytest

from tests.integration.worker.office import Office
from tests.integration.worker.stream_side import Gateway, people
from tests.patience import PATIENCE
from tests.releases.history import Release
from tests.running import Running
from tests.stack import ROOT, Stack


def started(stack: Stack, root: Path, *stages: str) -> Running:
    made = stack.spawn("worker", *stages, root=root)
    made.wait_until(lambda: '"worker.ready"' in made.text, within=PATIENCE, what="ready")
    return made


def test_its_relay_drains_the_rows_of_a_newer_writer(fresh_stack: Stack, earlier: Path) -> None:
    office = Office(fresh_stack)
    office.assigned(office.ben)
    assert office.count("outbox") == 2
    relay = started(fresh_stack, earlier, "relay")
    relay.wait_until(lambda: office.count("outbox") == 0, what="an empty outbox")
    assert "stage.failed" not in relay.text
    assert office.rows() == [], "documented: restart the workers first"
    # The present relay goes on with what comes next.
    assert relay.stop() == 0
    more = office.assigned(office.ben)
    present = started(fresh_stack, ROOT, "relay")
    present.wait_until(lambda: office.count("outbox") == 0, what="an empty outbox")
    assert office.rows() == [(more, office.ben)]


def test_the_present_relay_publishes_the_rows_of_its_writer(fresh_stack: Stack, earlier: Path) -> None:
    gateway = Gateway(fresh_stack)
    inbound = started(fresh_stack, earlier, "inbound")
    relay = started(fresh_stack, ROOT, "relay")
    (visitor,) = people(1)
    heard = gateway.listen(
        lambda items: len(items) >= 3, lambda: gateway.append([gateway.post(visitor, body) for body in "abc"])
    )
    assert len(heard) == 3
    gateway.wait_until_quiet(inbound)
    assert [json.loads(line)["event"] for line in relay.text.splitlines() if "failed" in line] == []
    for table in ("consumer_events", "quarantined_events"):
        assert fresh_stack.sql(f"SELECT count(*) FROM {table}")[0][0] == 0  # noqa: S608


@pytest.mark.soak
def test_its_mail_stage_leaves_a_mail_that_it_does_not_know_to_a_newer_one(
    fresh_stack: Stack, earlier: Path, release: Release
) -> None:
    if release.version == "0.1.0":
        pytest.skip("0.1.0 gives up a mail that it does not know; an operator can retry it")
    office = Office(fresh_stack)
    office.assigned(office.ben)
    assert office.fan_out() == 1
    office.due_now()
    # Dies after it has queued the mail, and before it sends it.
    fresh_stack.spawn("worker", "mail", failpoint="consumer.after_commit").wait_for_end()
    assert office.count("mails") == 1
    old = started(fresh_stack, earlier, "mail")
    old.wait_for_line("mail.postponed")
    assert old.stop() == 0
    fresh_stack.sql("UPDATE mails SET due_at = now()")
    started(fresh_stack, ROOT, "mail").wait_for_line("mail.sent")
    assert office.count("mails") == 0
