"""The manifests of deploy/kubernetes fit together, hold no secret, and start what docker-compose.yml starts."""

from __future__ import annotations

import shlex
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from tracking.env import variables

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "deploy" / "kubernetes"
PROCESSES = ("web", "live", "worker", "ticker", "dispatcher")
# Read by Celery, not by tracking/env.py.
OTHERS = {"REMAP_SIGTERM"}


@cache
def documents() -> list[dict[str, Any]]:
    return [each for path in sorted(FOLDER.glob("*.yaml")) for each in yaml.safe_load_all(path.read_text()) if each]


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for each in documents() if each["kind"] == kind}


def containers() -> dict[str, dict[str, Any]]:
    pods = {**of_kind("Deployment"), **of_kind("Job")}
    return {name: pod["spec"]["template"]["spec"]["containers"][0] for name, pod in pods.items()}


def compose() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return services


def test_every_process_is_there_and_kustomize_names_every_file() -> None:
    assert set(of_kind("Deployment")) == set(PROCESSES)
    listed = set(yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["resources"])
    assert listed == {path.name for path in FOLDER.glob("*.yaml")} - {"kustomization.yaml", "migrate.yaml"}


@pytest.mark.parametrize("name", [*PROCESSES, "migrate"])
def test_a_container_runs_what_compose_runs_as_nobody_who_may_change_anything(name: str) -> None:
    pod = {**of_kind("Deployment"), **of_kind("Job")}[name]["spec"]["template"]["spec"]
    [container] = pod["containers"]
    if "command" in compose()[name]:  # web's is the image's own
        assert container["args"] == shlex.split(compose()[name]["command"])
    else:
        image = (ROOT / "Dockerfile").read_text().splitlines()
        assert [line for line in image if line.startswith("CMD")] == [
            "CMD [" + ", ".join(f'"{word}"' for word in container["args"]) + "]"
        ]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
    assert "memory" in container["resources"]["limits"]


def test_all_run_one_image_that_compose_runs_too() -> None:
    assert {container["image"] for container in containers().values()} == {compose()["web"]["image"]}


@pytest.mark.parametrize(("name", "ready", "alive"), [("web", "/readyz", "/healthz"), ("live", *["/live/healthz"] * 2)])
def test_probes_ask_by_the_sites_own_name(name: str, ready: str, alive: str) -> None:
    container = containers()[name]
    site = of_kind("ConfigMap")["throughline"]["data"]["SITE_URL"]
    for probe, path in (("readinessProbe", ready), ("livenessProbe", alive), ("startupProbe", alive)):
        asked = container[probe]["httpGet"]
        assert asked["path"] == path
        assert asked["httpHeaders"] == [{"name": "Host", "value": urlsplit(site).netloc}]
        assert asked["port"] == container["ports"][0]["name"]


def test_whatever_selects_pods_selects_those_of_one_deployment() -> None:
    for name, deployment in of_kind("Deployment").items():
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        assert deployment["spec"]["selector"]["matchLabels"] == labels
        assert of_kind("PodDisruptionBudget")[name]["spec"]["selector"]["matchLabels"] == labels
    for name, service in of_kind("Service").items():
        assert service["spec"]["selector"] == of_kind("Deployment")[name]["spec"]["template"]["metadata"]["labels"]
        assert service["spec"]["ports"][0]["targetPort"] == containers()[name]["ports"][0]["containerPort"]
    for name, scaler in of_kind("HorizontalPodAutoscaler").items():
        assert scaler["spec"]["scaleTargetRef"]["name"] == name
        assert scaler["spec"]["minReplicas"] == of_kind("Deployment")[name]["spec"]["replicas"]
    for ingress in of_kind("Ingress").values():
        for path in ingress["spec"]["rules"][0]["http"]["paths"]:
            assert path["backend"]["service"]["name"] in of_kind("Service")


def test_a_pod_is_given_longer_than_its_process_takes_to_end() -> None:
    told = of_kind("ConfigMap")["throughline"]["data"]
    pods = {name: each["spec"]["template"]["spec"] for name, each in of_kind("Deployment").items()}
    grace = {name: pod["terminationGracePeriodSeconds"] for name, pod in pods.items()}
    assert grace["worker"] >= int(told["WORKER_SHUTDOWN_S"]) + 15
    assert grace["web"] >= 30
    assert grace["dispatcher"] >= 20


def test_no_secret_is_here_and_every_setting_is_one() -> None:
    assert of_kind("Secret") == {}
    told = dict(of_kind("ConfigMap")["throughline"]["data"])
    for container in containers().values():
        told |= {each["name"]: each["value"] for each in container.get("env", [])}
        assert {"secretRef": {"name": "throughline"}} in container["envFrom"]
    assert told.keys() - OTHERS <= variables().keys()
    assert not [name for name in told.keys() - OTHERS if variables()[name].is_secret]
