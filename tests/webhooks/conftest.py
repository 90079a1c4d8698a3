"""Deliveries by a real worker, which receivers of other people verify."""

from collections.abc import Iterator

import pytest

from tests.integration.worker.webhook_receiver import WebhookReceiver


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebhookReceiver]:
    """What answers by https and keeps what it received; receivers stand behind it, as behind a proxy."""
    made = WebhookReceiver(tmp_path_factory.mktemp("front"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", made.authority)
        yield made
    made.close()
