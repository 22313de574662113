"""Other ways to write what is applied to a cluster: another layout, and other words for the same thing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import yaml

from mutation import yaml_edits as edit
from mutation.operators import Change, Files, changed, is_manifest, keys
from mutation.rewrites import REWRITES, rewrite

Objects = list[dict[str, object]]


def objects(text: str) -> Objects:
    return [one for one in yaml.safe_load_all(text) if one is not None]


def dumped(text: str, sort_keys: bool = False) -> str:
    return str(yaml.safe_dump_all(objects(text), sort_keys=sort_keys, width=1000))


def whole(name: str, new: Callable[[str], str]) -> None:
    """A rewrite of each whole file."""

    def apply(files: Files) -> Iterator[Change]:
        for path in sorted(filter(is_manifest, files)):
            yield from changed(files, path, new(files[path]), "file")

    REWRITES.append((name, apply))


def lines(name: str, pattern: str, new: str | Callable[[re.Match[str]], str]) -> None:
    """A rewrite of every place that matches, all at once."""
    whole(name, lambda text: re.sub(pattern, new, text, flags=re.MULTILINE))


def names_files(files: Files) -> bool:
    """Whether somebody names the files, so that objects cannot go to another one: a kustomization, or the task."""
    return any(path.rpartition("/")[2].startswith("kustomization.") or path.startswith("argo/") for path in files)


# -- the same objects in another layout -------------------------------------------------------------------------------

whole("objects written by a program", dumped)
whole("objects with their keys by the alphabet", lambda text: dumped(text, sort_keys=True))
whole("objects as JSON", lambda text: "---\n".join(json.dumps(one, indent=2) + "\n" for one in objects(text)))
whole("objects the other way round", lambda text: str(yaml.safe_dump_all(reversed(objects(text)), sort_keys=False)))


@rewrite("objects in one list")
def in_one_list(files: Files) -> Iterator[Change]:
    """A ``List`` is applied as its items are (kubectl reference, "apply")."""
    for path in sorted(filter(is_manifest, files)):
        found = objects(files[path])
        if len(found) > 1:
            text = yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": found}, sort_keys=False)
            yield from changed(files, path, text, "file")


@rewrite("one file for each object")
def one_file_each(files: Files) -> Iterator[Change]:
    if names_files(files):
        return
    for path in sorted(filter(is_manifest, files)):
        found = objects(files[path])
        if len(found) > 1:
            new = {name: text for name, text in files.items() if name != path}
            new[path] = yaml.safe_dump(found[0], sort_keys=False)
            for number, one in enumerate(found[1:], 2):
                new[f"{path.rpartition('.')[0]}-{number}.yaml"] = yaml.safe_dump(one, sort_keys=False)
            yield f"{path}:file", new


@rewrite("all objects in one file")
def all_in_one(files: Files) -> Iterator[Change]:
    if names_files(files):
        return
    paths = sorted(filter(is_manifest, files))
    if len({path.rpartition("/")[0] for path in paths}) == 1 and len(paths) > 1:
        for first in paths:
            new = {name: text for name, text in files.items() if name not in paths}
            new |= dict.fromkeys(paths, "# see the file beside it\n")
            new[first] = "---\n".join(files[path].rstrip("\n") + "\n" for path in paths)
            yield f"{first}:file", new


# -- other words for the same -----------------------------------------------------------------------------------------

lines("memory in other units", r"(memory: )(\d+)Gi", lambda found: f"{found[1]}{int(found[2]) * 1024}Mi")
lines("cores in thousandths", r'(cpu: )"(\d+)"', lambda found: f"{found[1]}{int(found[2]) * 1000}m")
lines("cores as a number", r'(cpu: )"(\d+)"', r"\1\2")
lines("waits in seconds", r"(duration: )(\d+)m\b", lambda found: f"{found[1]}{int(found[2]) * 60}s")
lines("waits as a number of seconds", r"(duration: )(\d+)m\b", lambda found: f"{found[1]}{int(found[2]) * 60}")
lines("intervals in seconds", r"^(\s+(?:interval|initialDelay): )(\d+)m$", lambda found: f"{found[1]}{int(found[2]) * 60}s")
lines("images in quotes", r"^(\s+image: )([^\s\"'{]+)$", r'\1"\2"')
lines("a short name of a host in full", r"(destination: \{host: )([\w-]+)(?=[,}])", r"\1\2.churn-prod.svc.cluster.local")
lines("the sum by its end", r"sum by \(le\) \((rate\([^()]*\))\)", r"sum(\1) by (le)")
lines("the bound first", r"(result\[0\]) (<=?) ([\d.]+)$", lambda found: f"{found[3]} {found[2].replace('<', '>')} {found[1]}")
lines("not too much instead of little enough", r"(result\[0\]) <= ([\d.]+)$", r"!(\1 > \2)")
lines("a range by its longer name", r"\[(\d+)m\]", lambda found: f"[{int(found[1]) * 60}s]")
lines("rights in quotes", r"drop: \[ALL\]", 'drop: ["ALL"]')


@rewrite("a port by its number")
def port_by_number(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_manifest, files)):
        text = files[path]
        found = re.search(r"name: http, containerPort: (\d+)|- name: http\n\s+containerPort: (\d+)", text)
        if found is not None:
            number = found[1] or found[2]
            yield from changed(files, path, re.sub(r"(path: /\w+, port: )http", rf"\g<1>{number}", text), "file")


@rewrite("what is asked for follows from the limits")
def requests_follow(files: Files) -> Iterator[Change]:
    """A limit without a request is the request as well (Kubernetes documentation, "Resource Management")."""
    for path in sorted(filter(is_manifest, files)):
        yield from changed(files, path, re.sub(
            r"^(\s+requests: \{cpu: \w+), memory: (\w+)(\}\n\s+limits: \{.*memory: \2\})", r"\1\3", files[path],
            flags=re.MULTILINE), "file")  # fmt: skip


@rewrite("templates and metrics have other names")
def other_templates(files: Files) -> Iterator[Change]:
    names: set[str] = set()
    for path in sorted(filter(is_manifest, files)):
        for one in objects(files[path]):
            if str(one.get("kind", "")).endswith(("AnalysisTemplate", "MetricTemplate")):
                names.add(str(one["metadata"]["name"]))  # type: ignore[index]
    if names:
        pattern = rf"((?:\bname|templateName): )({'|'.join(sorted(map(re.escape, names)))})(?=[\s,}}])"
        new = {path: re.sub(pattern, r"\1look-at-\2", text) if is_manifest(path) else text for path, text in files.items()}
        yield "all", new


@rewrite("one more label and a remark on each object")
def more_labels(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_manifest, files)):
        text = files[path]
        for node in reversed(edit.trees(text)):
            for key, value in node.value:
                if key.value == "metadata" and not value.flow_style and "annotations" not in keys(value):
                    start = value.start_mark.index
                    note = 'annotations: {kestrel.example/remark: "image: redis:latest, failureLimit: -1"}\n  '
                    text = text[:start] + note + text[start:]
        yield from changed(files, path, text, "file")
