"""Metrics of real processes: each at a port of its own, with every hop of a message in them."""

import json
import socket
import urllib.request

import pytest
import trio
from prometheus_client.parser import text_string_to_metric_families

from tests.client import MESSAGE
from tests.flow.later import a_talk
from tests.stack import Stack


def scraped(port: int) -> dict[str, float]:
    """Counters, gauges and the counts of histograms."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {sample.name: sample.value for sample in samples if "le" not in sample.labels}


def test_a_message_is_counted_and_timed_at_every_hop(fresh_stack: Stack) -> None:
    of_server, of_worker = fresh_stack.port(), fresh_stack.port()
    server = fresh_stack.spawn("server", metrics_bind=f"127.0.0.1:{of_server}")
    worker = fresh_stack.spawn("worker", metrics_bind=f"127.0.0.1:{of_worker}")
    server.wait_for_path("/readyz")
    read: list[dict[str, float]] = []

    async def talk() -> None:
        async with a_talk(fresh_stack, server) as made:
            await made.agent.reply(made.conversation, "answer")
            await made.socket.first(MESSAGE)
            await made.write("second")
            read.append(await trio.to_thread.run_sync(scraped, of_server))

    trio.run(talk)
    (found,) = read
    assert found["parley_sockets"] == 2
    assert found["parley_commands_appended_total"] == 2
    assert found["parley_append_seconds_count"] >= 2
    assert found["parley_stored_seconds_count"] == 2
    assert found["parley_fanout_seconds_count"] >= 3
    assert found["parley_request_seconds_count"] >= 2, "the agent signs in and answers"
    assert found["parley_database_wait_seconds_count"] >= 2
    assert found["parley_loop_lag_seconds_count"] > 0
    assert found["process_resident_memory_bytes"] > 2**20
    # It counts what it has published after the sockets may have it.
    worker.wait_until(lambda: scraped(of_worker)["parley_events_published_total"] >= 3)
    found = scraped(of_worker)
    assert found["parley_commands_applied_total"] == 2
    for timing in ("stream_wait", "apply", "publish", "loop_lag"):
        assert found[f"parley_{timing}_seconds_count"] > 0, timing
    assert found["parley_shards_owned"] == 8
    worker.wait_until(lambda: scraped(of_worker)["parley_stream_entries"] == 0)
    status, _ = server.get("/metrics")
    assert status == 404, "metrics are for the operator's network, not for the world"


def test_every_log_line_names_its_process(fresh_stack: Stack) -> None:
    worker = fresh_stack.spawn("worker")
    worker.wait_for_line('"worker.ready"')
    worker.stop()
    worker.wait_for_line('"worker.stopped"')
    lines = [json.loads(line) for line in worker.text.splitlines()]
    assert lines and all((line["process"], line["pid"]) == ("worker", worker.pid) for line in lines)


@pytest.mark.parametrize("module", ["server", "worker"])
@pytest.mark.soak
def test_a_port_that_is_taken_ends_the_start_with_a_sentence(fresh_stack: Stack, module: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        process = fresh_stack.spawn(module, wait=False, metrics_bind=bind)
        process.wait_for_end()
    assert process.code == 1
    assert f"cannot listen: {bind} (PARLEY_METRICS_BIND): Address already in use" in process.text
