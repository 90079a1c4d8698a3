"""Random faults, drawn from a seed, under load: each message is stored once, in order, and delivered.

PARLEY_CHAOS_SEED selects another schedule; `make chaos` runs a longer one, with faults of half a minute too.
"""

import os

import pytest

from tests.faults.chaos.run import chaos
from tests.stack import Stack

SEED = int(os.environ.get("PARLEY_CHAOS_SEED", "20"))


@pytest.mark.soak
async def test_six_faults_in_five_thousand_messages_lose_duplicate_and_reorder_none(
    fresh_stack: Stack,
) -> None:
    await chaos(fresh_stack, seed=SEED, faults=6, messages=5_000, writers=60)


@pytest.mark.soak
async def test_twenty_faults_in_twenty_thousand_messages_lose_duplicate_and_reorder_none(
    fresh_stack: Stack,
) -> None:
    await chaos(fresh_stack, seed=SEED, faults=20, messages=20_000, writers=200)
