"""deploy/compose and deploy/docker: the services, their settings, the database script and the image."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from core.config.settings import Settings
from server.command import COMMANDS
from server.launch import binaries
from tests.database import sql
from tests.deploy import documents
from tests.deploy.install import tool
from tests.proxies.install import program
from tests.proxies.shipped import DEPLOY
from tests.stack import ROOT, Servers

# Its folder is no package, as pip puts it on the path by itself.
_spec = importlib.util.spec_from_file_location("wheel", ROOT / "packaging" / "wheel.py")
assert _spec is not None
wheel = importlib.util.module_from_spec(_spec)
assert _spec.loader is not None
_spec.loader.exec_module(wheel)
EXAMPLE: Final = documents.environment_file((DEPLOY / "compose/env.example").read_text())
FILLED: Final = {
    **EXAMPLE,
    "PARLEY_SECRET_KEY": documents.SECRET,
    "POSTGRES_PASSWORD": "a",
    "PARLEY_OWNER_PASSWORD": "b",
    "PARLEY_APP_PASSWORD": "c",
}
SERVICES: Final[dict[str, Any]] = documents.compose(FILLED)["services"]
OURS: Final = {name: one for name, one in SERVICES.items() if one["image"].startswith("parley")}
DOCKERFILE: Final = DEPLOY / "docker" / "Dockerfile"
IMAGE: Final = dict(re.findall(r"(PARLEY_\w+)=(\S+)", DOCKERFILE.read_text()))
PORT: Final = Settings().port


def test_the_services_file_fits_the_schema_of_compose() -> None:
    done = subprocess.run(
        [tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", str(documents.COMPOSE)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_dockerfile_has_no_finding_of_hadolint() -> None:
    done = subprocess.run([tool("hadolint"), str(DOCKERFILE)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_example_names_every_variable_and_no_other() -> None:
    assert documents.variables() - {"PARLEY_VERSION"} == EXAMPLE.keys()


@pytest.mark.parametrize("name", OURS)
def test_a_service_starts_with_its_settings(name: str) -> None:
    settings = documents.read(IMAGE | OURS[name]["environment"])
    assert settings.database_url
    assert name == "migrations" or settings.redis_url


def test_the_proxy_is_trusted_by_its_address() -> None:
    address = SERVICES["caddy"]["networks"]["inside"]["ipv4_address"]
    assert documents.read(OURS["server1"]["environment"]).trusted_proxies == address


def test_ports_agree() -> None:
    caddyfile = (DEPLOY / "compose/Caddyfile").read_text()
    assert re.findall(r"(server\d):(\d+)", caddyfile) == [("server1", str(PORT)), ("server2", str(PORT))]
    assert re.findall(r"EXPOSE (\d+)", DOCKERFILE.read_text()) == [str(PORT)]
    for name, service in OURS.items():
        if "healthcheck" in service:
            (port,) = re.findall(r"127\.0\.0\.1:(\d+)/", str(service["healthcheck"]["test"]))
            metrics = service["environment"]["PARLEY_METRICS_BIND"].rpartition(":")[2]
            assert port == (metrics if name == "worker" else str(PORT))
    (port,) = re.findall(r"127\.0\.0\.1:(\d+)/", str(SERVICES["caddy"]["healthcheck"]["test"]))
    assert f"\n:{port} {{" in caddyfile


def test_every_service_is_watched_and_starts_again() -> None:
    assert {name for name, one in SERVICES.items() if "healthcheck" not in one} == {"migrations"}
    assert {name for name, one in SERVICES.items() if one["restart"] != "unless-stopped"} == {"migrations"}


def test_a_service_has_time_to_drain() -> None:
    assert OURS["server1"]["stop_grace_period"] == OURS["server2"]["stop_grace_period"] == "30s"


def test_the_builder_gets_what_the_image_is_built_from() -> None:
    ignored = (DEPLOY / "docker/Dockerfile.dockerignore").read_text().splitlines()
    sent = {line[1:] for line in ignored if line.startswith("!")}
    named = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE.read_text(), re.MULTILINE)
    sources = {word.split("/")[0] for words in named for word in words.split()}
    assert sources == sent
    assert all((ROOT / each).exists() for each in sources)
    assert sources >= {*wheel.PACKAGES, *wheel.FILES, "packaging"}


def test_the_wheel_is_built_from_what_its_stage_copies(tmp_path: Path) -> None:
    source = tmp_path / "src"
    for words in re.findall(
        r"^COPY (?:--from=front-end )?(.+) /src/\S*$", DOCKERFILE.read_text(), re.MULTILINE
    ):
        for word in words.replace("/src/", "").split():
            if (ROOT / word).is_dir():
                shutil.copytree(ROOT / word, source / word, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                source.mkdir(exist_ok=True)
                shutil.copy(ROOT / word, source / word)
    words = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path, source]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob("parley-*.whl"))) == 1


def test_the_services_run_commands_of_the_image() -> None:
    words = re.findall(r"^CMD (\[.*\])$", DOCKERFILE.read_text(), re.MULTILINE)
    run = [json.loads(word) for word in words] + [one["command"] for one in OURS.values() if "command" in one]
    assert len(run) == 3
    assert all(program == "parley" and command in COMMANDS for program, command in run)


def test_caddy_accepts_its_file() -> None:
    caddy = program("caddy")
    if caddy is None:
        pytest.skip("caddy is not installed: python -m tests.proxies.install")
    done = subprocess.run(
        [caddy, "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "compose/Caddyfile")],
        env={**os.environ, "PARLEY_DOMAIN": "chat.example.com"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_script_makes_a_database_that_migrations_accept(servers: Servers, tmp_path: Path) -> None:
    """In a Postgres of the tests; the script's names are replaced, as the roles of a cluster are shared."""
    psql = binaries.postgres(None).directory / "psql"
    script = (DEPLOY / "compose/make-database.sh").read_text()
    made = tmp_path / "make-database.sh"
    made.write_text(re.sub(r"\bparley", "compose_parley", script).replace("psql ", f"'{psql}' \"$URL\" "))
    made.write_text(re.sub(r" --username .*? --dbname postgres", "", made.read_text()))
    secrets = {"PARLEY_OWNER_PASSWORD": "it's one", "PARLEY_APP_PASSWORD": "two"}
    done = subprocess.run(
        ["sh", str(made)],
        env={"PATH": os.environ["PATH"], "URL": servers.admin_url, **secrets},
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        assert done.returncode == 0, done.stderr
        found = sql(
            servers.admin_url,
            "SELECT pg_get_userbyid(datdba), datcollate, datctype FROM pg_database"
            " WHERE datname = 'compose_parley'",
        )
        assert [tuple(row) for row in found] == [("compose_parley", "C", "C.UTF-8")]
    finally:
        sql(servers.admin_url, "DROP DATABASE IF EXISTS compose_parley")
        sql(servers.admin_url, "DROP ROLE IF EXISTS compose_parley")
        sql(servers.admin_url, "DROP ROLE IF EXISTS compose_parley_app")
