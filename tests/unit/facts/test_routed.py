"""What commands make of the requests behind a router."""

from __future__ import annotations

import pytest

from gradeline.facts.routed import given_text, only_routes, routed
from gradeline.facts.shell_records import Invocation
from gradeline.model.project import Project
from gradeline.readers import load
from gradeline.source import SourceFile, Span

SHADOW = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: churn-api}
spec:
  hosts: [churn-api]
  http:
    - route: [{destination: {host: old}}]
      mirror: {host: new}
"""
GROUPS = SHADOW.replace("      mirror: {host: new}\n", "") + (
    "    - match: [{headers: {x-group: {exact: b}}}]\n      route: [{destination: {host: new}}]\n"
)
ALL_NEW = SHADOW.replace("host: old", "host: new.churn-prod.svc.cluster.local").partition("      mirror:")[0]
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: old}\nspec: {selector: {app: old}}\n"


class Files:
    def __init__(self, **files: str) -> None:
        self.files = {f"k8s/{name}.yaml": text for name, text in files.items()}
        self.paths = sorted(self.files)

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, self.files[path]) if path in self.files else None


@pytest.fixture(scope="module")
def project() -> Project:
    files = Files(shadow=SHADOW, groups=GROUPS, all_new=ALL_NEW, service=SERVICE, both=f"{SERVICE}---\n{SHADOW}")
    return load(files)[0]  # type: ignore[arg-type]


def command(*words: str, directory: str = "") -> Invocation:
    return Invocation("key", words, (), directory, Span("ci.yml", 1), (), 0, False)


def patch(kind: str, how: str, said: str) -> Invocation:
    return command("kubectl", "patch", kind, "churn-api", "-n", "churn-prod", "--type", how, "-p", said)


@pytest.mark.parametrize(
    ("file", "effect"),
    [("shadow", "back"), ("groups", "split"), ("all_new", "new"), ("both", "back"), ("service", None)],
)
def test_rules_that_are_applied_say_who_answers(project: Project, file: str, effect: str | None) -> None:
    assert routed(project, command("kubectl", "apply", "-f", f"k8s/{file}.yaml")) == effect
    assert routed(project, command("kubectl", "replace", f"--filename={file}.yaml", directory="k8s")) == effect


def test_a_folder_with_several_rules_of_one_name_is_not_known(project: Project) -> None:
    assert routed(project, command("kubectl", "apply", "-f", "k8s")) is None


def test_what_other_commands_do_is_not_asked(project: Project) -> None:
    for words in (("kubectl", "get", "-f", "k8s/shadow.yaml"), ("cat", "k8s/shadow.yaml"), ("kubectl",)):
        assert routed(project, command(*words)) is None


def test_a_patch_says_who_answers_when_it_replaces_all_rules(project: Project) -> None:
    old = '[{"route": [{"destination": {"host": "old"}, "weight": 100}]}]'
    whole = f'[{{"op": "replace", "path": "/spec/http", "value": {old}}}]'
    assert routed(project, patch("virtualservice", "merge", f'{{"spec": {{"http": {old}}}}}')) == "back"
    assert routed(project, patch("vs", "json", whole)) == "back"
    assert routed(project, patch("vs", "json", whole.replace("old", "new"))) == "new"


@pytest.mark.parametrize(
    ("kind", "how", "said"),
    [
        ("vs", "json", '[{"op": "replace", "path": "/spec/http/0/route/0/weight", "value": 100}]'),
        ("vs", "json", '[{"op": "remove", "path": "/spec/http"}]'),
        ("vs", "strategic", '{"spec": {"http": [{"route": [{"destination": {"host": "old"}}]}]}}'),
        ("service", "merge", '{"spec": {"http": [{"route": [{"destination": {"host": "old"}}]}]}}'),
        ("vs", "merge", '{"spec": {"http": []}}'),
        ("vs", "merge", '{"spec": {"http": [{"redirect": {"uri": "/"}}]}}'),
        ("vs", "merge", "{"),
        ("vs", "merge", "[" * 5_000),
        ("vs", "merge", '{"a": ' * 3_000 + "1" + "}" * 3_000),
        ("vs", "merge", "x" * 100_000),
    ],
)
def test_a_patch_of_a_part_or_of_something_else_is_not_known(project: Project, kind: str, how: str, said: str) -> None:
    assert routed(project, patch(kind, how, said)) is None


def test_rules_that_stand_in_the_script_are_read(project: Project) -> None:
    assert given_text(project, SHADOW) == "back"
    assert given_text(project, GROUPS) == "split"
    assert given_text(project, "kind: [") is None
    assert given_text(project, "kind: ConfigMap\ndata: {}\n") is None


def test_aliases_that_multiply_are_not_followed_to_their_end(project: Project) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 15)]
    assert given_text(project, "\n".join([*lines, SHADOW])) is None


def test_without_copies_nobody_says_which_version_is_new() -> None:
    split = load(Files(groups=GROUPS))[0]  # type: ignore[arg-type]
    assert routed(split, command("kubectl", "apply", "-f", "k8s/groups.yaml")) is None


def test_rules_alone_bring_no_version(project: Project) -> None:
    assert only_routes(project, command("kubectl", "apply", "-f", "k8s/shadow.yaml"))
    assert not only_routes(project, command("kubectl", "apply", "-f", "k8s/both.yaml"))
    assert not only_routes(project, command("kubectl", "apply", "-f", "elsewhere.yaml"))
