"""Manifests, overlays and releases: what the reader makes of them, with the places."""

from __future__ import annotations

from collections.abc import Mapping

from gradeline.model.manifest import Bundle, Manifests, place, text
from gradeline.model.release import CANARY, STABLE
from gradeline.readers.kubernetes import read_manifests
from gradeline.source import SourceFile

DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: churn-api
spec:
  replicas: 2
  template:
    metadata:
      labels: {app: churn-api}
    spec:
      containers:
        - name: api
          image: ghcr.io/kestrel/churn-api:1.0.0
          env:
            - {name: LOG_LEVEL, value: info}
        - name: proxy
          image: envoy:1.36.2
"""


def read(texts: Mapping[str, str]) -> Manifests:
    return read_manifests(tuple(sorted(texts)), lambda path: SourceFile(path, texts[path]) if path in texts else None)


def overlay(change: str, **more: str) -> Bundle:
    texts = {
        "k8s/base/kustomization.yaml": "resources: [deployment.yaml]\n",
        "k8s/base/deployment.yaml": DEPLOYMENT,
        "k8s/overlays/production/kustomization.yaml": "resources: [../../base]\n" + change,
        **more,
    }
    (bundle,) = read(texts).bundles
    return bundle


def test_a_base_that_an_overlay_takes_is_not_applied_by_itself() -> None:
    bundle = overlay("namespace: churn-prod\n")
    assert (bundle.path, bundle.built) == ("k8s/overlays/production/kustomization.yaml", True)
    assert [(one.kind, one.name, one.namespace) for one in bundle.manifests] == [
        ("Deployment", "churn-api", "churn-prod")
    ]
    assert bundle.parts == (
        "k8s/overlays/production/kustomization.yaml",
        "k8s/base/kustomization.yaml",
        "k8s/base/deployment.yaml",
    )


def test_a_digest_of_the_overlay_replaces_the_tag_and_has_the_place_of_the_overlay() -> None:
    bundle = overlay("images:\n  - name: ghcr.io/kestrel/churn-api\n    digest: sha256:" + "a" * 64 + "\n")
    (container, other) = bundle.workloads[0].containers
    assert (container.image, container.firmness) == ("ghcr.io/kestrel/churn-api@sha256:" + "a" * 64, "digest")
    assert container.image_span is not None
    assert (container.image_span.path, container.image_span.line) == ("k8s/overlays/production/kustomization.yaml", 4)
    assert other.image == "envoy:1.36.2"


def test_replicas_prefix_and_namespace_of_an_overlay() -> None:
    bundle = overlay("namePrefix: prod-\nreplicas:\n  - {name: churn-api, count: 5}\n")
    (workload,) = bundle.workloads
    assert (workload.name, workload.replicas) == ("prod-churn-api", 5)
    assert bundle.find("Deployment", "churn-api") == bundle.find("Deployment", "prod-churn-api")


def test_a_strategic_merge_patch_meets_the_container_by_its_name() -> None:
    patch = """patches:
  - patch: |
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: churn-api}
      spec:
        template:
          spec:
            containers:
              - name: api
                env:
                  - {name: LOG_LEVEL, value: warning}
                  - {name: REGION, value: north}
"""
    (workload,) = overlay(patch).workloads
    assert [one.name for one in workload.containers] == ["api", "proxy"]
    assert workload.containers[0].env == {"LOG_LEVEL": "warning", "REGION": "north"}
    assert workload.containers[0].image == "ghcr.io/kestrel/churn-api:1.0.0"


def test_a_json_patch_from_a_file_changes_one_value() -> None:
    bundle = overlay(
        "patches:\n  - path: scale.yaml\n    target: {kind: Deployment, name: churn-api}\n",
        **{"k8s/overlays/production/scale.yaml": "- {op: replace, path: /spec/replicas, value: 7}\n"},
    )
    (manifest,) = bundle.manifests
    span = place(manifest.body, "spec", "replicas")
    assert text(manifest.body, "spec", "replicas") == "7"
    assert span is not None
    assert (span.path, span.line) == ("k8s/overlays/production/scale.yaml", 1)


def test_labels_reach_the_pods_only_when_the_overlay_says_so() -> None:
    plain = overlay("labels:\n  - pairs: {version: '2'}\n")
    deep = overlay("labels:\n  - pairs: {version: '2'}\n    includeTemplates: true\n")
    assert plain.manifests[0].labels == {"version": "2"}
    assert plain.workloads[0].labels == {"app": "churn-api"}
    assert deep.workloads[0].labels == {"app": "churn-api", "version": "2"}


def test_a_base_from_elsewhere_is_opaque_and_says_where() -> None:
    bundle = overlay("components: [https://example.com/x]\n")
    assert [(one.span.line, one.reason) for one in bundle.opaque] == [(2, "this component is not in the submission")]


def test_a_file_that_does_not_exist_is_a_diagnostic_at_its_name() -> None:
    found = read({"k8s/kustomization.yaml": "resources:\n  - nowhere.yaml\n"})
    assert [(one.code, one.path, one.span.line if one.span else 0) for one in found.diagnostics] == [
        ("dangling-resource", "k8s/kustomization.yaml", 2)
    ]


def test_a_chart_is_opaque() -> None:
    found = read({"chart/Chart.yaml": "name: churn\n", "chart/templates/d.yaml": "apiVersion: v1\nkind: {{ x }}\n"})
    assert [one.reason for bundle in found.bundles for one in bundle.opaque] == [
        "what a chart becomes is only known once it is rendered"
    ]


def test_a_list_holds_several_resources() -> None:
    one = '{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}}'
    other = '{"apiVersion": "v1", "kind": "Secret"}'
    (bundle,) = read({"l.json": '{"apiVersion": "v1", "kind": "List", "items": [' + f"{one}, {other}" + "]}"}).bundles
    assert [(one.kind, one.name) for one in bundle.manifests] == [("Service", "a"), ("Secret", "")]


ROLLOUT = """apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: churn-api}
spec:
  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: churn-api}
  strategy:
    canary:
      analysis:
        startingStep: 2
        templates: [{templateName: errors}]
        args:
          - {name: new, valueFrom: {podTemplateHashValue: Latest}}
          - {name: old, valueFrom: {podTemplateHashValue: Stable}}
      steps:
        - setWeight: 5
        - pause: {duration: 1h30m}
        - setWeight: 50
        - pause: {}
"""
TEMPLATE = """apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: errors}
spec:
  args: [{name: new}, {name: old}, {name: limit, value: "0.01"}]
  dryRun: [{metricName: tried.*}]
  metrics:
    - name: errors
      interval: 5m
      successCondition: result[0] < {{args.limit}}
      provider: {prometheus: {query: 'a{hash="{{args.new}}"} / a{hash="{{ args.old }}"}'}}
    - {name: tried-out, failureLimit: -1, provider: {job: {spec: {}}}}
"""


def test_a_rollout_takes_its_pods_from_the_workload_it_refers_to() -> None:
    (bundle,) = read({"d.yaml": DEPLOYMENT, "r.yaml": ROLLOUT, "t.yaml": TEMPLATE}).bundles
    (release,) = bundle.releases
    assert [one.kind for one in bundle.workloads] == ["Rollout"]
    assert release.workload is not None
    assert release.workload.labels == {"app": "churn-api"}
    assert [(step.kind, step.weight, step.seconds) for step in release.steps] == [
        ("weight", 5, None),
        ("pause", None, 5400.0),
        ("weight", 50, None),
        ("pause", None, None),
    ]


def test_arguments_fill_queries_and_conditions_and_limits_have_the_defaults_of_the_controller() -> None:
    (bundle,) = read({"d.yaml": DEPLOYMENT, "r.yaml": ROLLOUT, "t.yaml": TEMPLATE}).bundles
    (analysis,) = bundle.releases[0].analyses
    errors, tried = analysis.metrics
    assert (analysis.where, analysis.since, analysis.missing, analysis.unresolved) == ("background", 2, (), ())
    assert errors.query == f'a{{hash="{CANARY}"}} / a{{hash="{STABLE}"}}'
    assert errors.success == "result[0] < 0.01"
    assert (errors.interval, errors.failure_limit, errors.error_limit, errors.dry) == (300.0, 0, 4, False)
    assert (tried.failure_limit, tried.dry) == (None, True)


def test_a_canary_without_steps_is_a_rolling_update() -> None:
    (bundle,) = read({"r.yaml": ROLLOUT.partition("    canary:")[0] + "    canary: {maxSurge: 1}\n"}).bundles
    assert bundle.releases[0].strategy == "rolling"
