"""The bytes of uploads that one process takes at once."""

import pytest

from server.api.services.upload_budget import UploadBudget
from server.batcher import TooMany


def test_one_network_leaves_room_for_another() -> None:
    budget = UploadBudget(total=100, per_network=60)
    with budget.reserved("192.0.2.1", 60):
        with pytest.raises(TooMany), budget.reserved("192.0.2.1", 1):
            pass
        with budget.reserved("192.0.2.2", 40):
            assert budget.used == 100
            with pytest.raises(TooMany), budget.reserved("192.0.2.3", 1):
                pass
    assert budget.used == 0


def test_addresses_of_one_ipv6_network_share_its_room() -> None:
    budget = UploadBudget(total=100, per_network=50)
    with budget.reserved("2001:db8::1", 50), pytest.raises(TooMany), budget.reserved("2001:db8::2", 1):
        pass


def test_an_upload_that_fails_gives_its_room_back() -> None:
    budget = UploadBudget(total=10, per_network=10)
    with pytest.raises(ZeroDivisionError), budget.reserved("192.0.2.1", 10):
        raise ZeroDivisionError
    with budget.reserved("192.0.2.1", 10):
        assert budget.used == 10
