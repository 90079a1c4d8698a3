"""An invalid setting stops the process, with a sentence that names the variable."""

import pytest

from core.config import buckets
from core.config.settings import Settings, SettingsError, read

REFUSED = {
    "PARLEY_PUBLIC_URL": [
        "chat.example.com",
        "https//chat.example.com",
        "https:/chat.example.com",
        "https://chat.example.com/support",
        "https://chat.example.com/app",
        "https://chat.example.com?x=1",
        "https://chat.example.com/#x",
        "https://user:pw@chat.example.com",
        "https://chat example.com",
        "https://chat.example.com:port",
        "https://chat.example.com:0",
        "https://chat.example.com:65536",
        "https://chat..example.com",
        "https://[::1",
        "https://[zz::]",
        "https://",
        "ftp://chat.example.com",
    ],
    "PARLEY_DATABASE_URL": [
        "mysql://localhost/parley",
        "localhost:5432/parley",
        "postgresql://parley:a/b@localhost/parley",
        "postgresql://parley:a#b@localhost/parley",
        "postgresql://localhost:port/parley",
        "postgresql://local host/parley",
    ],
    "PARLEY_REDIS_URL": [
        "redis+cluster://a,,b",
        "redis+sentinel://a:1",
        "redis+sentinel://a:x/parley",
        "redis+sentinel://a:1/parley/zero",
        "redis+sentinel://a:1/parley?password=x",
        "redis+cluster://a:1,b:x",
        "redis+cluster://a:1/0",
        "redis://a:1,b:2",
        "127.0.0.1:6379",
        "redis+unix:///run/redis.sock",
        "redis://",
        "redis://localhost:port",
        "redis://localhost/parley",
        "http://localhost:6379",
    ],
    "PARLEY_SMTP_URL": ["mail.example.com", "smtp://", "smtp://host?starttls=perhaps"],
    "PARLEY_STORAGE": [
        "s3://",
        "s3://user@bucket",
        "s3://bucket?acl=public",
        "s3://bucket?endpoint=minio:9000",
        "s3://bucket?path_style=perhaps",
        "gs://bucket",
    ],
    "PARLEY_STORAGE_KEY_ID": ["AKID"],
    "PARLEY_STORAGE_SECRET_KEY": ["secret"],
    "PARLEY_ANTIVIRUS_COMMAND": ["clamdscan 'a"],
    "PARLEY_ANTIVIRUS_SECONDS": ["-1", "soon"],
    "PARLEY_ATTACHMENT_QUOTA_MB": ["0", "much"],
    "PARLEY_PORT": ["0", "65536", "-1", "http", "8000.5", ""],
    "PARLEY_REPLICA_URL": ["mysql://localhost/parley", "localhost:5432/parley", "postgresql://a b/parley"],
    "PARLEY_READ_POOL": ["0", "1001", "many"],
    "PARLEY_READ_TIMEOUT_SECONDS": ["0", "-1", "61", "nan", "soon"],
    "PARLEY_DATABASE_POOL": ["0", "-1", "1001", "many"],
    "PARLEY_STREAM_SHARDS": ["0", "1025"],
    "PARLEY_STREAM_SLOTS": ["0", "65"],
    "PARLEY_STREAM_CAPACITY": ["0"],
    "PARLEY_MAX_CONNECTIONS": ["0", "1000001"],
    "PARLEY_HANDSHAKES_PER_MINUTE": ["0"],
    "PARLEY_MESSAGES_PER_MINUTE": ["0", "-20"],
    "PARLEY_SOCKETS_PER_VISITOR": ["0"],
    "PARLEY_SOCKETS_PER_NETWORK": ["-1"],
    "PARLEY_SERVER_PROCESSES": ["0"],
    "PARLEY_WORKER_PROCESSES": ["0"],
    "PARLEY_AUDIT_DAYS": ["0"],
    "PARLEY_DRAIN_SECONDS": ["-5", "21", "nan", "inf", "soon"],
    "PARLEY_REGISTRATION": ["closed"],
    "PARLEY_SECRET_KEY": [
        "short",
        "x" * 64,
        "0123456789abcdef" * 4,
        "change-me" * 4,
        "0000000011111111" * 2 + "2",
    ],
    "PARLEY_NO_SUCH_THING": ["1"],
}
TAKEN = {
    "PARLEY_PUBLIC_URL": [
        "https://chat.example.com",
        "https://chat.example.com/",
        "https://Chat.Example.com:443",
        "http://127.0.0.1:8000",
        "http://localhost:8000",
        "https://[2001:db8::1]:8443",
        "https://bücher.example",
    ],
    "PARLEY_DATABASE_URL": [
        "postgresql://parley:p%2Fw@localhost:5432/parley",
        "postgres://parley@db/parley?sslmode=verify-full",
        "postgresql://a:5432,b:5433/parley",
        "postgresql:///parley?host=/run/postgresql",
    ],
    "PARLEY_REDIS_URL": [
        "redis+cluster://:secret@10.0.0.1:6379,10.0.0.2:6379,[::1]:6380",
        "redis+cluster://a,b",
        "redis+sentinel://:secret@10.0.0.1:26379,10.0.0.2,[::1]/parley?sentinel_password=other",
        "redis+sentinel://a/parley/1",
        "redis://127.0.0.1:6379",
        "rediss://user:pw@redis.example.com:6380/2",
        "unix:///run/redis.sock",
    ],
    "PARLEY_SECRET_KEY": [
        "9f86d081884c7d659a2feaa0c55ad015",
        "a sentence that only we know, with some length",
    ],
    "PARLEY_DRAIN_SECONDS": ["0", "0.5", "20"],
    "PARLEY_SOCKETS_PER_NETWORK": ["0", "30"],  # 0: derived from another setting
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in REFUSED for value in REFUSED[name]])
def test_an_invalid_setting_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read({name: value})


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in TAKEN for value in TAKEN[name]])
def test_a_valid_setting_is_kept_unchanged(name: str, value: str) -> None:
    field = name.removeprefix("PARLEY_").lower()
    assert str(getattr(read({name: value}), field)).removesuffix(".0") == value


@pytest.mark.parametrize("name", ["PARLEY_PUBLIC_URL", "PARLEY_DATABASE_URL", "PARLEY_REDIS_URL"])
def test_spaces_around_a_url_are_stripped(name: str) -> None:
    given = TAKEN[name][0]
    assert getattr(read({name: f"  {given}\n"}), name.removeprefix("PARLEY_").lower()) == given


@pytest.mark.parametrize("name", ["PARLEY_DATABASE_URL", "PARLEY_REDIS_URL", "PARLEY_SMTP_URL"])
def test_an_error_about_a_url_does_not_contain_its_password(name: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read({name: "nonsense://parley:hunter2@host:port/x"})
    assert "hunter2" not in str(refused.value)


def test_an_error_about_the_public_url_describes_its_form() -> None:
    with pytest.raises(SettingsError, match="must be https://host or https://host:port, without a path"):
        read({"PARLEY_PUBLIC_URL": "chat.example.com"})


def test_every_default_is_within_its_own_range() -> None:
    assert read({}) == Settings()


def test_an_ipv6_host_stands_in_brackets_in_our_own_origin() -> None:
    assert Settings(host="::1", port=8000).origin == "http://[::1]:8000"
    assert Settings(host="127.0.0.1", port=8000).origin == "http://127.0.0.1:8000"


def test_a_replica_that_is_the_primary_is_refused() -> None:
    url = "postgresql://parley:secret@db/parley"
    with pytest.raises(
        SettingsError, match="PARLEY_REPLICA_URL: is the same as PARLEY_DATABASE_URL"
    ) as found:
        read({"PARLEY_DATABASE_URL": url, "PARLEY_REPLICA_URL": f" {url} "})
    assert "secret" not in str(found.value)
    given = read({"PARLEY_DATABASE_URL": url, "PARLEY_REPLICA_URL": "postgresql://parley@standby/parley"})
    assert given.replica_url == "postgresql://parley@standby/parley"


def test_a_store_is_a_directory_or_a_bucket_with_its_key() -> None:
    assert read({"PARLEY_STORAGE": "/srv/parley files"}).storage == "/srv/parley files"
    url = "s3://files/all?region=eu-central-1&endpoint=https://minio.example.com:9000"
    key = {"PARLEY_STORAGE_KEY_ID": "AKID", "PARLEY_STORAGE_SECRET_KEY": "hunter2"}
    assert read({"PARLEY_STORAGE": url, **key}).storage == url
    where = buckets.read(url)
    assert (where.name, where.prefix, where.region) == ("files", "all", "eu-central-1")
    assert (where.endpoint, where.path_style) == ("https://minio.example.com:9000", True)
    assert not buckets.read("s3://files").path_style
    with pytest.raises(SettingsError) as refused:
        read({"PARLEY_STORAGE": url, "PARLEY_STORAGE_SECRET_KEY": "hunter2"})
    assert "hunter2" not in str(refused.value)
