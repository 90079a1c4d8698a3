"""The sound installation, once for all tests."""

from collections.abc import Iterator

import pytest

from tests.deploy.certificates import make
from tests.doctor.installations import HOST, Sound
from tests.proxies.shipped import Certificate


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sound]:
    """With a server and a worker."""
    made = Sound(tmp_path_factory.mktemp("sound"))
    try:
        made.start()
        yield made
    finally:
        made.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make(tmp_path_factory.mktemp("certificate"), HOST)


@pytest.fixture
def trusted(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """The certificate, which this process then trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.chain))
    return certificate
