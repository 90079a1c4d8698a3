"""Attached files in a bucket: a real S3 server, behind a gate that checks the signature of each request."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from core.config import buckets
from core.storage.s3 import S3
from core.storage.store import Missing, StorageUnavailable, keys_of
from tests.integration.api.api_fixture import ApiFixture
from tests.integration.api.attachment_steps import PDF, as_agent
from tests.integration.api.oidc_steps import with_settings
from tests.integration.attachments.hostile import picture
from tests.integration.attachments.s3_server import BUCKET, KEY_ID, SECRET_KEY, Gate, is_signed, s3_server


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with s3_server(tmp_path_factory.mktemp("s3")) as port:
        yield port


@pytest.fixture
def gate(upstream: int) -> Iterator[Gate]:
    made = Gate(upstream)
    yield made
    made.close()


def store(gate: Gate, folder: Path, *, secret: str = SECRET_KEY, bucket: str = BUCKET) -> S3:
    where = buckets.read(f"s3://{bucket}/parley files?region=eu-central-1&endpoint={gate.endpoint}")
    return S3(where, key_id=KEY_ID, secret_key=secret, incoming=folder)


def test_a_file_is_stored_read_and_deleted(gate: Gate, tmp_path: Path) -> None:
    kept, data = store(gate, tmp_path), bytes(range(256)) * 4_000
    for size in (len(data), 0):
        (tmp_path / "source").write_bytes(data[:size])
        kept.put("a/b/ü c", tmp_path / "source", media_type="image/jpeg")
        assert b"".join(kept.read("a/b/ü c")) == data[:size]
        assert not (tmp_path / "source").exists()
    kept.remove(["a/b/ü c", "a/b/none"])
    kept.remove(["a/b/ü c"])
    with pytest.raises(Missing):
        kept.read("a/b/ü c")
    kept.check()
    assert gate.refused == 0


def test_a_wrong_signature_is_refused(gate: Gate, tmp_path: Path) -> None:
    """The gate, and not moto: that takes any signature for right."""
    wrong = store(gate, tmp_path, secret=SECRET_KEY[:-1] + "X")
    with pytest.raises(StorageUnavailable) as refused:
        wrong.check()
    assert gate.refused > 0 and gate.passed == []
    assert SECRET_KEY[:10] not in str(refused.value)


def test_the_gate_knows_a_right_signature_from_every_wrong_one() -> None:
    """The example of AWS's documentation, "GET Object", and what differs from it in one place."""
    secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    headers = {
        "Host": "examplebucket.s3.amazonaws.com",
        "Range": "bytes=0-9",
        "x-amz-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "x-amz-date": "20130524T000000Z",
    }
    signature = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    names = "host;range;x-amz-content-sha256;x-amz-date"
    scope = f"{KEY_ID}/20130524/us-east-1/s3/aws4_request"

    def given(signed: str = signature, **changed: str) -> dict[str, str]:
        said = f"AWS4-HMAC-SHA256 Credential={scope},SignedHeaders={names},Signature={signed}"
        return headers | {"Authorization": said} | changed

    assert is_signed("GET", "/test.txt", given(), b"", secret)
    assert not is_signed("PUT", "/test.txt", given(), b"", secret)
    assert not is_signed("GET", "/test.tx", given(), b"", secret)
    assert not is_signed("GET", "/test.txt?acl=", given(), b"", secret)
    assert not is_signed("GET", "/test.txt", given(Range="bytes=0-8"), b"", secret)
    assert not is_signed("GET", "/test.txt", given(), b"x", secret)
    assert not is_signed("GET", "/test.txt", given(signature[:-1] + "0"), b"", secret)
    assert not is_signed("GET", "/test.txt", given(), b"", secret[:-1])
    assert not is_signed("GET", "/test.txt", headers, b"", secret)


def test_a_bucket_that_is_not_there_is_unavailable(gate: Gate, tmp_path: Path) -> None:
    with pytest.raises((StorageUnavailable, Missing)):
        store(gate, tmp_path, bucket="none").check()


async def test_files_are_uploaded_to_the_bucket_and_served_by_the_server(
    api: ApiFixture, gate: Gate, tmp_path: Path
) -> None:
    url = f"s3://{BUCKET}/all?endpoint={gate.endpoint}"
    in_bucket = with_settings(api, storage=url, storage_key_id=KEY_ID, storage_secret_key=SECRET_KEY)
    project = await api.project()
    agent = await as_agent(in_bucket, project)
    for data, name in ((PDF, "a.pdf"), (picture("JPEG"), "a.jpg")):
        file = await agent.upload(data, name)
        assert file["state"] == "ready"
        loaded = await agent.load(file["url"])
        assert loaded.status == 200 and len(loaded.body) == file["size"]
    assert loaded.headers["Content-Type"] == "image/jpeg"
    assert (await agent.load(file["thumbnail_url"])).status == 200
    assert gate.refused == 0 and len([one for one in gate.passed if one.startswith("PUT")]) == 3

    kept = store(gate, tmp_path)
    kept._where = buckets.read(url)
    await trio.to_thread.run_sync(kept.remove, keys_of(project, bytes.fromhex(file["id"].replace("-", ""))))
    assert (await agent.load(file["url"])).status == 404


async def test_without_the_bucket_an_upload_is_to_be_repeated(api: ApiFixture, gate: Gate) -> None:
    url = f"s3://{BUCKET}?endpoint={gate.endpoint}"
    wrong = with_settings(api, storage=url, storage_key_id=KEY_ID, storage_secret_key="x" * 20)
    agent = await as_agent(wrong, await api.project())
    ticket = await agent.ticket("a.pdf", len(PDF))
    answer = await agent.put(ticket.json["id"], PDF)
    assert (answer.status, answer.json["code"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert (await agent.get(ticket.json["id"])).json["state"] == "waiting"
