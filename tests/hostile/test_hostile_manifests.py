"""Manifests that are broken, endless or enormous: a diagnostic or an open answer, never a crash, never long."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping

import pytest

from gradeline.checks import registry
from gradeline.facts.case import build_case
from gradeline.model.manifest import Manifests
from gradeline.readers import load
from gradeline.readers.kubernetes import read_manifests
from gradeline.source import SourceFile

CHECKS: tuple[tuple[str, dict[str, object]], ...] = (
    ("progressive", {}),
    ("progressive", {"kind": "blue-green"}),
    *(("analysis", {"part": part}) for part in ("used", "signals", "control", "empty", "window")),
    ("rollback", {"of": "release"}),
    ("health", {"of": "routes"}),
    ("health", {"of": "workloads", "ready": "/readyz"}),
    ("resources", {"workloads": 2}),
    ("immutable-ref", {"where": "manifests"}),
    ("lineage", {"of": "workload", "labels": ["version"], "settings": ["V"]}),
)
HEAD = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: a}\n"


class Submission:
    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts
        self.paths = tuple(sorted(texts))

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, self.texts[path]) if path in self.texts else None


def manifests(texts: Mapping[str, str]) -> Manifests:
    submission = Submission(texts)
    return read_manifests(submission.paths, submission.read)


def judged(texts: Mapping[str, str]) -> list[str]:
    project, pipelines = load(Submission(texts))
    case = build_case(project, pipelines, {}, {})
    return [registry.run(name, case, params).status for name, params in CHECKS]


def kustomization(*resources: str, more: str = "") -> str:
    return "resources: [" + ", ".join(resources) + "]\n" + more


def test_overlays_that_take_each_other_as_a_base_end() -> None:
    found = manifests({
        "a/kustomization.yaml": kustomization("../b"),
        "b/kustomization.yaml": kustomization("../a"),
        "top/kustomization.yaml": kustomization("../a"),
    })
    assert [one.reason for bundle in found.bundles for one in bundle.opaque] == [
        "it takes itself as its base, or bases are nested too deep"
    ]


def test_a_chain_of_a_thousand_bases_ends() -> None:
    texts = {f"d{number}/kustomization.yaml": kustomization(f"../d{number + 1}") for number in range(1_000)}
    started = time.process_time()
    found = manifests(texts)
    assert found.bundles[0].opaque != ()
    assert time.process_time() - started < 5


def test_bases_that_double_at_each_level_are_bounded() -> None:
    texts = {
        f"d{number}/kustomization.yaml": kustomization(f"../d{number + 1}", f"../d{number + 1}") for number in range(40)
    }
    texts["d40/kustomization.yaml"] = kustomization("x.yaml")
    texts["d40/x.yaml"] = "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n"
    started = time.process_time()
    assert len(manifests(texts).bundles[0].manifests) <= 800
    assert time.process_time() - started < 10


@pytest.mark.parametrize("resource", ["../../etc/passwd", "/etc/passwd", "https://example.com/x.yaml", "git@x:y"])
def test_a_base_outside_the_submission_is_never_read(resource: str) -> None:
    asked: list[str] = []

    def read(path: str) -> SourceFile | None:
        asked.append(path)
        return SourceFile(path, kustomization(f'"{resource}"')) if path == "k/kustomization.yaml" else None

    found = read_manifests(("k/kustomization.yaml",), read)
    assert set(asked) <= {"k/kustomization.yaml"}
    assert found.bundles[0].opaque != ()


@pytest.mark.parametrize("text", [
    HEAD + "spec: " + "{a: " * 400 + "1" + "}" * 400,
    HEAD + "spec: {strategy: {canary: {steps: " + "[" * 400 + "]" * 400 + "}}}",
    HEAD + "spec: {replicas: 99999999999999999999, strategy: {canary: {steps: [{setWeight: 1e400}]}}}",
    HEAD + "spec: {strategy: {canary: {steps: [1, null, {}, {setWeight: {}}, {pause: 3}, {analysis: [x]}]}}}",
    HEAD + "spec: {strategy: {canary: []}}",
    HEAD + "spec: []",
    "apiVersion: v1\nkind: List\nitems: [1, {kind: List, apiVersion: v1, items: [{}]}]",
    "apiVersion: v1\nkind: [Deployment]\nmetadata: 3\n",
    "apiVersion: v1\nkind: Deployment\nmetadata: {name: x\n",
    "a: &a {apiVersion: v1, kind: Deployment}\nb: *a\nkind: *a\napiVersion: 1\n",
])  # fmt: skip
def test_strange_shapes_are_read_without_a_crash(text: str) -> None:
    assert set(judged({"k8s/x.yaml": text})) <= {"met", "partial", "unmet", "cannot_tell"}


CONDITIONS = [
    "(" * 3_000 + "result" + ")" * 3_000,
    "!" * 3_000 + "true",
    "result[0] > 1 && " * 100 + "true",
    "all(result, {all(result, {all(result, {# > 1})})})",
    "result[99999999999999999999999]",
    "1 ? 2 : 3",
    "10 ** 10 ** 10 > 1",
    "len(",
    "\x00",
    "result matches '(a+)+$'",
    "asInt(result[0] / 0) > 1",
]


@pytest.mark.parametrize("condition", CONDITIONS, ids=range(len(CONDITIONS)))
def test_strange_conditions_are_open_or_refused_and_quick(condition: str) -> None:
    from gradeline.facts.conditions import measured

    started = time.process_time()
    for result in ([], [0.0], [float("nan")], [1e308] * 1_000, None):
        assert measured(condition, "", result) in ("success", "failure", "inconclusive", "error", "unknown")
    assert time.process_time() - started < 2


def test_patches_of_any_shape_change_what_they_can() -> None:
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {ports: [{port: 1}]}\n"
    patches = """patches:
  - target: {kind: Service}
    patch: "[{op: replace, path: /spec/ports/9/port, value: 2}, {op: move, path: /a}, {op: add, path: x}, 3]"
  - patch: "{apiVersion: v1, kind: Service, metadata: {name: x}, spec: {ports: null, $patch: 7}}"
  - path: nowhere.yaml
  - 5
"""
    found = manifests({"k/kustomization.yaml": kustomization("s.yaml", more=patches), "k/s.yaml": service})
    assert [one.kind for one in found.bundles[0].manifests] == ["Service"]
    assert [one.code for one in found.diagnostics] == ["dangling-patch"]


def test_random_damage_never_crashes_the_reader_or_the_checks() -> None:
    good = (
        HEAD
        + """spec:
  replicas: 6
  template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: "x:1.2.3"}]}}
  strategy:
    canary:
      canaryService: b
      stableService: c
      trafficRouting: {istio: {virtualService: {name: v}}}
      analysis: {templates: [{templateName: t}], args: [{name: h, valueFrom: {podTemplateHashValue: Latest}}]}
      steps: [{setWeight: 5}, {pause: {duration: 10m}}, {setWeight: 20}]
---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: t}
spec:
  args: [{name: h}]
  metrics:
    - {name: m, interval: 1m, successCondition: "result[0] > 1",
       provider: {prometheus: {query: 'sum(rate(x{h="{{args.h}}"}[1m]))'}}}
"""
    )
    chance = random.Random(28)
    for _ in range(60):
        text = list(good)
        for _ in range(chance.randrange(1, 8)):
            place = chance.randrange(len(text))
            text[place : place + chance.randrange(3)] = chance.choice(["", ":", "\n", "{", "]", "&a ", "*a", "'", "-"])
        assert set(judged({"k8s/x.yaml": "".join(text)})) <= {"met", "partial", "unmet", "cannot_tell"}
