"""Hop 7: each event reaches each consumer once, whatever dies, and a consumer's fault stays its own."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from core import events, ids
from core.db import consumers, outbox
from core.ids import ConversationId
from tests.faults.sabotage import spawn
from tests.integration.core.core_fixture import connect, new_visitor
from tests.integration.worker.office import Office
from tests.running import Running
from tests.stack import ROOT, Stack
from worker import pool
from worker.relay import fan_out


@pytest.fixture
def office(fresh_stack: Stack) -> Office:
    return Office(fresh_stack)


def relay(stack: Stack, **given: Any) -> Running:
    made = stack.spawn("worker", "relay", **given)
    made.wait_for_line("worker.ready")
    return made


def drained(office: Office, by: Running) -> None:
    by.wait_until(lambda: office.count("outbox") == 0, what="an empty outbox")


@pytest.mark.parametrize("point", ["relay.before_publish", "relay.after_publish", "relay.after_fan_out"])
@pytest.mark.soak
def test_a_relay_killed_anywhere_makes_each_row_once(office: Office, point: str) -> None:
    assigned = [(office.assigned(office.ben), office.ben) for _ in range(5)]
    assert relay(office.stack, failpoint=point).wait_for_end() == -signal.SIGKILL
    assert sorted(office.rows()) == (sorted(assigned) if point == "relay.after_fan_out" else [])
    more = (office.assigned(office.ben), office.ben)
    drained(office, relay(office.stack))
    assert sorted(office.rows()) == sorted([*assigned, more])


@pytest.mark.soak
def test_two_relays_that_both_lead_make_each_row_once(office: Office) -> None:
    both = [relay(office.stack), spawn(office.stack, "second_relay", "worker", "relay")]
    for one in both:
        one.wait_for_line("relay.leads")
    assigned = [(office.assigned(office.ben), office.ben) for _ in range(20)]
    drained(office, both[0])
    assert sorted(office.rows()) == sorted(assigned)


def test_an_event_has_the_id_of_its_row_in_the_history(office: Office) -> None:
    conversation = office.assigned(office.ben)
    found = office.stack.sql("SELECT event_id, kind, seq, conversation_id FROM outbox ORDER BY id")
    assert [row["kind"] for row in found] == ["message_posted", "conversation_assigned"]
    (change,) = office.stack.sql("SELECT id, seq, conversation_id FROM conversation_changes")
    assert (found[1]["event_id"], found[1]["seq"], found[1]["conversation_id"]) == tuple(change)
    assert change["conversation_id"].bytes == conversation
    assert found[0]["event_id"] not in {None, change["id"]}


def test_rows_of_the_release_before_are_published_and_reach_no_consumer(office: Office) -> None:
    conversation = office.assigned(office.ben)
    office.stack.sql("UPDATE outbox SET event_id = NULL, kind = NULL, visitor_id = NULL, seq = NULL")
    new = office.assigned(office.ben)
    assert conversation != new and office.fan_out() == 1
    assert office.rows() == [(new, office.ben)] and office.count("outbox") == 0


def test_a_second_fan_out_of_the_same_event_makes_nothing(office: Office) -> None:
    """As after a crash of Postgres that forgot the deletion, or by a relay with an older snapshot."""
    office.assigned(office.ben)
    office.stack.sql("CREATE TABLE kept AS SELECT * FROM outbox")
    assert office.fan_out() == 1
    office.stack.sql(
        "INSERT INTO outbox (project_id, conversation_id, payload, event_id, kind, visitor_id, seq) "
        "SELECT project_id, conversation_id, payload, event_id, kind, visitor_id, seq FROM kept"
    )
    assert office.fan_out() == 0
    assert office.count("outbox") == 0 and len(office.rows()) == 1


def poison(office: Office, conversation: ConversationId) -> None:
    """No consumer can take the events of this conversation."""
    office.stack.sql(
        "ALTER TABLE consumer_events ADD CONSTRAINT poison "
        f"CHECK (conversation_id <> '{ids.text(conversation)}')"
    )


@pytest.mark.soak
def test_a_poison_event_goes_into_quarantine_and_the_rest_is_fanned_out(office: Office) -> None:
    made = [office.assigned(office.ben) for _ in range(9)]
    poison(office, made[4])
    works = relay(office.stack, log_level="info")
    drained(office, works)
    rest = [(one, office.ben) for one in made if one != made[4]]
    assert sorted(office.rows()) == sorted(rest)
    (kept,) = office.stack.sql("SELECT event_id, kind, reason, tries, dead FROM quarantined_events")
    assert kept["kind"] == "conversation_assigned" and "poison" in kept["reason"] and kept["dead"] is None
    (line,) = (json.loads(one) for one in works.text.splitlines() if "event.quarantined" in one)
    assert line["events"] == 1 and line["level"] == "error"
    assert "stage.failed" not in works.text
    # Messages, and what comes later, are not affected.
    office.apply(office.post(new_visitor()))
    drained(office, works)
    assert dead_letters(office.stack, "list") == (
        0,
        f"{kept['event_id']}  conversation_assigned  quarantine  tries 0  due",
    )
    # It fails again by itself, and then an operator, who has removed the cause, retries it.
    office.due_now()
    works.wait_until(lambda: works.text.count("event.quarantined") == 2, what="another attempt")
    office.stack.sql("ALTER TABLE consumer_events DROP CONSTRAINT poison")
    assert dead_letters(office.stack, "retry", str(kept["event_id"])) == (0, "due again: 1")
    works.wait_for_line("event.released")
    assert sorted(office.rows()) == sorted([*rest, (made[4], office.ben)])
    assert office.count("quarantined_events") == 0


def dead_letters(stack: Stack, *words: str) -> tuple[int, str]:
    """The exit code and the beginning of the output."""
    done = subprocess.run(
        [sys.executable, "-m", "worker.dead_letters", "events", *words],
        cwd=ROOT,
        env=stack.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.strip().partition(" 20")[0]


@pytest.mark.soak
def test_an_event_that_stays_bad_is_given_up_and_shown(office: Office) -> None:
    poison(office, office.assigned(office.ben))
    works = relay(office.stack)
    drained(office, works)
    office.stack.sql("UPDATE quarantined_events SET tries = 5, due_at = now()")
    works.wait_until(
        lambda: office.stack.sql("SELECT dead FROM quarantined_events")[0][0] is not None, what="giving up"
    )
    ((reason,),) = office.stack.sql("SELECT dead FROM quarantined_events")
    assert reason.startswith("given up after 6 attempts; the last one: ") and "poison" in reason
    assert "dead: given up" in dead_letters(office.stack, "list")[1]
    assert dead_letters(office.stack, "delete", ids.text(ids.make()))[0] == 1
    assert dead_letters(office.stack, "delete", "--all") == (0, "deleted: 1")
    assert dead_letters(office.stack, "bury") == (2, "")


def test_a_locked_table_of_consumers_does_not_hold_up_the_rooms(office: Office) -> None:
    """All of the batch goes into quarantine at once: its halves would wait as long."""
    for _ in range(3):
        office.assigned(office.ben)

    async def run() -> None:
        holder = await connect(office.url)
        async with pool.connection(office.url, name="test", durable=False) as conn, holder.transaction():
            await holder.execute("LOCK TABLE consumer_events IN SHARE MODE")
            await conn.execute("SET lock_timeout = '300ms'")
            await fan_out.fan_out(conn, await outbox.oldest(conn, limit=100))
        await holder.close()

    asyncio.run(run())
    assert office.count("outbox") == 0 and office.rows() == []
    kept = office.stack.sql("SELECT kind, reason FROM quarantined_events")
    assert [row["kind"] for row in kept] == ["conversation_assigned"] * 3
    assert "lock timeout" in kept[0]["reason"]
    office.due_now()

    async def again() -> None:
        async with pool.connection(office.url, name="test", durable=False) as conn:
            await fan_out.retry_quarantined(conn)

    asyncio.run(again())
    assert len(office.rows()) == 3 and office.count("quarantined_events") == 0


@pytest.mark.soak
def test_a_consumers_slow_statement_ends_in_quarantine_and_no_relay_is_ended_for_it(office: Office) -> None:
    """The relay that waits would end the leader, and the next one would publish the same rows again."""
    office.stack.sql(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN PERFORM pg_sleep(20); RETURN NEW; END'"
    )
    office.stack.sql(
        "CREATE TRIGGER slow BEFORE INSERT ON consumer_events FOR EACH ROW EXECUTE FUNCTION slow()"
    )
    office.assigned(office.ben)
    works, waits = relay(office.stack), relay(office.stack)
    drained(office, works)
    assert office.rows() == []
    ((reason,),) = office.stack.sql("SELECT reason FROM quarantined_events")
    assert "statement timeout" in reason
    assert "stage.failed" not in works.text + waits.text


def test_a_lost_database_keeps_everything_in_the_outbox(office: Office) -> None:
    office.assigned(office.ben)

    async def run() -> None:
        async with pool.connection(office.url, name="test", durable=False) as conn:
            rows = await outbox.oldest(conn, limit=100)
            office.stack.sql("SELECT pg_terminate_backend($1)", conn.get_server_pid())
            with pytest.raises(pool.UNAVAILABLE):
                await fan_out.fan_out(conn, rows)

    asyncio.run(run())
    assert office.count("outbox") == 2 and office.count("quarantined_events") == 0


def plan(office: Office) -> list[dict[str, Any]]:
    """Every node of the statement's plan, after it ran on the outbox and was rolled back."""

    async def run() -> Any:
        async with pool.connection(office.url, name="test", durable=False) as conn:
            rows = await outbox.oldest(conn, limit=1000)
            numbers = [row.id for row in rows]
            for _ in range(6):  # a generic plan, as the relay's
                trial = conn.transaction()
                await trial.start()
                text = await conn.fetchval(
                    f"EXPLAIN (ANALYZE, FORMAT JSON) {outbox.FAN_OUT}", numbers, ids.now()
                )
                await trial.rollback()
            return json.loads(text)[0]["Plan"]

    def nodes(one: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield one
        for child in one.get("Plans", ()):
            yield from nodes(child)

    return list(nodes(asyncio.run(run())))


def looked_up(nodes: list[dict[str, Any]]) -> set[str]:
    """The tables that were read; fails if one was read in another way than by the key of a row."""
    reads = [node for node in nodes if node["Node Type"].endswith("Scan") and "CTE Name" not in node]
    assert len({node.get("Relation Name") for node in reads}) >= 4, "the consumers' tables are in the plan"
    for node in reads:
        assert "Index Cond" in node or "Recheck Cond" in node, node
        assert node["Actual Rows"] <= 40, node
    return {node["Relation Name"] for node in reads if node["Actual Loops"] and "Relation Name" in node}


def test_without_consumers_the_statement_looks_for_those_who_may_want_it_and_is_not_needed(
    office: Office,
) -> None:
    for _ in range(40):
        office.apply(office.post(new_visitor()))
    tables = {"outbox", "webhooks", "assistants", "memberships", "push_subscriptions"}
    assert looked_up(plan(office)) == tables, "no message is read"

    async def run() -> list[bool]:
        async with pool.connection(office.url, name="test", durable=False) as conn:
            return [row.wanted for row in await outbox.oldest(conn, limit=100)]

    assert not any(asyncio.run(run())), "the relay only deletes"


def test_a_project_whose_members_want_no_mail_costs_index_lookups(office: Office) -> None:
    office.stack.sql("UPDATE users SET mail_on_assignment = false")
    for _ in range(20):
        office.assigned(office.ben)
    tables = {"outbox", "webhooks", "assistants", "conversation_changes", "users"}
    of_push = {"memberships", "push_subscriptions"}
    assert looked_up(plan(office)) == tables | of_push
    assert office.fan_out() == 0


def test_every_event_has_a_kind_and_every_kind_that_is_wanted_exists() -> None:
    words = set(events._KINDS.values()) | {"conversation_assigned", "status_changed"}
    assert set(events._KINDS) | {events.ConversationChanged} == set(events.Event.__args__)
    assert words >= {kind for one in consumers.CONSUMERS for kind in one.kinds}
    assert len({one.name for one in consumers.CONSUMERS}) == len(consumers.CONSUMERS)
