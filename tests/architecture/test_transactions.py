"""Inside a transaction nothing is awaited but Postgres: no Redis, no publishing, no mail, no hash, no pause.

A transaction holds a connection of a small pool, and locks: whatever waits inside it makes others wait. And
what was published cannot be taken back when the transaction is rolled back.
"""

from collections.abc import Mapping, Sequence
from functools import cache

import pytest

from tests.architecture import planted_waits as planted
from tests.architecture.program import Program, Violation, sources

PLANTS = {**planted.FORBIDDEN, **planted.ALLOWED}


@cache
def program() -> Program:
    """The product and the plants, read once."""
    return Program(
        sources("core", "server", "worker")
        | dict(planted.module(plant, body) for plant, body in PLANTS.items())
    )


@cache
def found() -> Mapping[str, Sequence[Violation]]:
    """Violations by the name of their plant; the product's own under an empty name."""
    by_plant: dict[str, list[Violation]] = {}
    for violation in program().violations():
        place = violation.place.partition(":")[0]
        plant = place.removeprefix("server/planted/").removesuffix(".py") if "/planted/" in place else ""
        by_plant.setdefault(plant, []).append(violation)
    return by_plant


def test_nothing_but_postgres_is_awaited_inside_a_transaction() -> None:
    assert [str(violation) for violation in found().get("", [])] == []


def test_the_transactions_of_the_product_are_seen() -> None:
    own = program().transactions - sum(
        body.count("transaction() as") + body.count(".transaction():") for body in PLANTS.values()
    )
    assert own > 40


@pytest.mark.parametrize("plant", planted.FORBIDDEN)
def test_a_planted_wait_is_found(plant: str) -> None:
    assert found().get(plant), f"{plant} is not found"


@pytest.mark.parametrize("plant", planted.ALLOWED)
def test_what_is_outside_or_does_not_wait_is_allowed(plant: str) -> None:
    assert [str(violation) for violation in found().get(plant, [])] == []
