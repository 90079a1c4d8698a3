"""deploy/kubernetes: the schemas of Kubernetes, our settings, and names that have to agree."""

import subprocess
from typing import Any, Final

import pytest
import yaml

from core.config.settings import Settings
from server.command import COMMANDS
from tests.deploy import documents
from tests.deploy.install import tool

OBJECTS: Final = list(documents.objects())
BY_KIND: Final[dict[tuple[str, str], dict[str, Any]]] = {
    (one["kind"], one["metadata"]["name"]): one for one in OBJECTS
}
DEPLOYMENTS: Final = {one["metadata"]["name"]: one for one in OBJECTS if one["kind"] == "Deployment"}


def pod(name: str) -> dict[str, Any]:
    found: dict[str, Any] = DEPLOYMENTS[name]["spec"]["template"]["spec"]
    return found


def environment(container: dict[str, Any]) -> dict[str, str]:
    """What the container gets from config maps and secrets."""
    found: dict[str, str] = {}
    for each in container["envFrom"]:
        if "configMapRef" in each:
            found |= BY_KIND["ConfigMap", each["configMapRef"]["name"]]["data"]
        else:
            found |= BY_KIND["Secret", each["secretRef"]["name"]]["stringData"]
    return found


def test_every_object_fits_the_strict_schema_of_kubernetes() -> None:
    files = [str(path) for path in documents.KUBERNETES.glob("*.yaml") if path.name != "kustomization.yaml"]
    assert len(files) >= 6
    done = subprocess.run(
        [tool("kubernetes-validate"), "--strict", *files], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_kustomization_lists_every_file() -> None:
    listed = yaml.safe_load((documents.KUBERNETES / "kustomization.yaml").read_text())["resources"]
    files = {path.name for path in documents.KUBERNETES.glob("*.yaml")} - {"kustomization.yaml"}
    assert set(listed) == {name.replace("secret.example", "secret") for name in files}


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_every_container_starts_with_its_settings(name: str) -> None:
    for container in pod(name)["containers"]:
        settings = documents.read(environment(container))
        assert settings.database_url
        assert settings.redis_url
    for container in pod(name)["initContainers"]:
        assert documents.read(environment(container)).database_app_role


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_every_container_runs_a_command_of_the_image(name: str) -> None:
    for container in [*pod(name)["initContainers"], *pod(name)["containers"]]:
        program, command = container["command"]
        assert (program, command in COMMANDS) == ("parley", True)


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_services_do_not_put_settings_into_the_environment(name: str) -> None:
    """A Service called parley would set PARLEY_PORT=tcp://…, and each process would refuse to start."""
    assert pod(name)["enableServiceLinks"] is False


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_pods_have_the_rights_that_the_namespace_admits(name: str) -> None:
    assert pod(name)["securityContext"]["runAsNonRoot"] is True
    assert pod(name)["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in [*pod(name)["initContainers"], *pod(name)["containers"]]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


def test_ports_agree() -> None:
    settings = Settings()
    for name in DEPLOYMENTS:
        (container,) = pod(name)["containers"]
        ports = {each["name"]: each["containerPort"] for each in container["ports"]}
        metrics = int(environment(container)["PARLEY_METRICS_BIND"].rpartition(":")[2])
        assert ports == {"metrics": metrics} | ({"http": settings.port} if "server" in name else {})
        for probe in ("livenessProbe", "startupProbe", "readinessProbe"):
            if probe in container:
                assert container[probe]["httpGet"]["port"] in ports
        annotations = DEPLOYMENTS[name]["spec"]["template"]["metadata"]["annotations"]
        assert annotations["prometheus.io/port"] == str(metrics)
    (path,) = BY_KIND["Ingress", "parley"]["spec"]["rules"][0]["http"]["paths"]
    service = BY_KIND["Service", path["backend"]["service"]["name"]]["spec"]
    (port,) = service["ports"]
    assert (port["name"], port["targetPort"]) == (path["backend"]["service"]["port"]["name"], "http")


def test_selectors_find_the_pods() -> None:
    labels = {name: one["spec"]["template"]["metadata"]["labels"] for name, one in DEPLOYMENTS.items()}
    assert BY_KIND["Service", "parley-server"]["spec"]["selector"] == labels["parley-server"]
    for name, one in DEPLOYMENTS.items():
        budget = BY_KIND["PodDisruptionBudget", name]["spec"]["selector"]["matchLabels"]
        assert one["spec"]["selector"]["matchLabels"] == budget == labels[name]


def test_the_public_url_is_the_host_of_the_ingress() -> None:
    url = BY_KIND["ConfigMap", "parley"]["data"]["PARLEY_PUBLIC_URL"]
    ingress = BY_KIND["Ingress", "parley"]["spec"]
    assert [url] == [f"https://{host}" for host in ingress["tls"][0]["hosts"]]
    assert ingress["rules"][0]["host"] in ingress["tls"][0]["hosts"]


def test_pods_have_time_to_drain() -> None:
    """Five seconds before SIGTERM, and 25 s after it."""
    assert pod("parley-server")["terminationGracePeriodSeconds"] > 5 + 25
