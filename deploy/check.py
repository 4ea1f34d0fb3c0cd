"""Checks the files of deploy/ without a cluster, in an environment of its own: `make deploy-check`.

The chart is linted and rendered with several sets of values, and each manifest is held against the schemas of the
Kubernetes API; the Dockerfile is linted and what it runs is run in a clean folder; the unit is verified with the
program that this has installed, and scored; the queries of rules and dashboard are parsed. Ends with 1 and names what
is wrong.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import helm_python
import kubernetes_validate
import promql_parser
import yaml

HERE = Path(__file__).resolve().parent
CHART = HERE / "helm" / "arbiter"
KUBERNETES = ("1.30", "1.37")
CUSTOM = {"ServiceMonitor"}
"""Kinds that the Kubernetes API itself does not know."""
MOST_EXPOSED = 20
"""The most that `systemd-analyze security` may score, in tenths."""

VALUES: list[dict[str, Any]] = [
    {},
    {"autoscaling": {"enabled": True}, "bootstrapKey": False, "networkPolicy": {"enabled": False}},
    {
        "ingress": {"enabled": True, "host": "arbiter.example", "className": "nginx", "tlsSecretName": "tls"},
        "artifacts": {"claimName": "models"},
        "settings": {"ARBITER_MAX_COST": 2000, "ARBITER_COMPILED": True},
        "networkPolicy": {
            "databaseCidr": "10.0.0.0/8",
            "from": [{"namespaceSelector": {"matchLabels": {"team": "front-end"}}}],
        },
        "serviceMonitor": True,
        "nodeSelector": {"disk": "fast"},
        "tolerations": [{"key": "models", "operator": "Exists"}],
    },
]


def problems() -> Iterator[str]:
    """Everything that is wrong, a line each."""
    yield from of_the_chart()
    yield from of_queries()
    yield from of_compose()
    linted = run("hadolint", str(HERE / "docker" / "Dockerfile"))
    if linted.returncode:
        yield linted.stdout + linted.stderr
    with tempfile.TemporaryDirectory() as folder:
        installed = Path(folder) / "arbiter"
        done = run("sh", str(HERE / "docker" / "install"), str(installed))
        if done.returncode:
            yield f"deploy/docker/install failed: {done.stdout}{done.stderr}"
            return
        said = run(str(installed / "bin" / "arbiter"), "check")
        if said.returncode:
            yield f"what deploy/docker/install made does not serve its models: {said.stdout}{said.stderr}"
        yield from of_the_unit(installed)


def of_the_chart() -> Iterator[str]:
    """What is wrong with the Helm chart."""
    linted = helm_python.lint(str(CHART))
    yield from (f"helm lint: {error}" for error in linted["errors"])
    for number, values in enumerate(VALUES):
        rendered = helm_python.Chart.load(CHART).render(values, name="arbiter", namespace="models")
        kinds = []
        for file, text in rendered.items():
            for manifest in filter(None, yaml.safe_load_all(text)):
                kinds.append(manifest["kind"])
                if manifest["kind"] in CUSTOM:
                    continue
                for version in KUBERNETES:
                    try:
                        kubernetes_validate.validate(manifest, version, strict=True)
                    except kubernetes_validate.ValidationError as error:
                        yield f"{file} with values {number}, Kubernetes {version}: {error.message}"
        for kind in ("Deployment", "Service", "PodDisruptionBudget", "ServiceAccount"):
            if kinds.count(kind) != 1:
                yield f"values {number} render {kinds.count(kind)} of {kind}"


def of_queries() -> Iterator[str]:
    """The queries of alert rules and dashboard that cannot be parsed."""
    rules = yaml.safe_load((HERE / "prometheus" / "rules.yaml").read_text("utf-8"))
    dashboard = json.loads((HERE / "grafana" / "arbiter.json").read_text("utf-8"))
    queries = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    queries += [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    for query in queries:
        try:
            promql_parser.parse(query.replace("$endpoint", ".*"))
        except ValueError as error:
            yield f"{query}: {error}"


def of_compose() -> Iterator[str]:
    """Secrets and volumes that compose.yaml uses and does not declare."""
    file = yaml.safe_load((HERE / "docker" / "compose.yaml").read_text("utf-8"))
    for name, service in file["services"].items():
        for secret in service.get("secrets", ()):
            if secret not in file["secrets"]:
                yield f"compose.yaml: service {name} uses the secret {secret}, which is not declared"
        for other in service.get("depends_on", ()):
            if other not in file["services"]:
                yield f"compose.yaml: service {name} depends on {other}, which is not there"


def of_the_unit(installed: Path) -> Iterator[str]:
    """What systemd says of the unit, with the program where it was installed."""
    unit = HERE / "systemd" / "arbiter@.service"
    if shutil.which("systemd-analyze") is None:
        yield "systemd-analyze is not installed (Debian: systemd)"
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / unit.name
        copy.write_text(unit.read_text("utf-8").replace("/opt/arbiter", str(installed)))
        # It ends with 0 on a key that it does not know, so its words count too.
        said = run("systemd-analyze", "verify", str(copy))
        if said.returncode or said.stderr.strip():
            yield f"systemd-analyze verify: {said.stderr or said.returncode}"
    scored = run("systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}", str(unit))
    if scored.returncode:
        yield f"systemd-analyze security: {scored.stdout.strip().splitlines()[-1]}"


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """A finished command with what it said."""
    return subprocess.run(  # noqa: S603  the commands are written above
        command, capture_output=True, text=True, check=False
    )


if __name__ == "__main__":
    found = list(problems())
    for problem in found:
        sys.stderr.write(f"{problem}\n")
    sys.exit(1 if found else 0)
