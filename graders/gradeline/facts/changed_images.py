"""What a command changes in the images of manifests before they are applied.

Kustomize reference, "edit set image" (``NAME=NEWNAME:TAG``, ``NAME@DIGEST``, ``NAME=*:TAG``); yq manual, "Assign" and
"Env Variable Operators" (``strenv(NAME)``); POSIX, ``sed``; GNU sed manual, "Command-Line Options" (``-i``).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.filled_manifests import streamed, substitution, variables
from gradeline.facts.shell_records import join_path
from gradeline.facts.shell_state import HIDDEN
from gradeline.facts.text_edits import Edit, edits
from gradeline.model.manifest import Bundle
from gradeline.model.workload import Container
from gradeline.records import record

_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_SELECTED = re.compile(r"""select\(\s*\.name\s*==\s*"([^"]{1,80})"\s*\)""")
_NUMBERED = re.compile(r"containers\[(\d{1,3})\]")
_VALUE = re.compile(r"""\s*(?:"([^"]*)"|(?:str)?env\((\w{1,80})\)|(?:\$ENV|env)\.(\w{1,80}))\s*(?:\+|$)""")
_MOST = 4096

# Of an image as it stands (with the container it is for, and what is applied): as it is afterwards.
Change = Callable[[Bundle, Container, str], str]


@record
class Fill:
    """A command that changes images.  ``applied`` are the manifests that its own line applies, where it changes no
    file."""

    change: Change
    applied: tuple[Bundle, ...] = ()


def fill_of(facts: PipelineFacts, item: Activity) -> Fill | None:
    """What a traced command changes in images; None for all others, and where that cannot be followed."""
    if item.invocation is None:
        return None
    words = item.invocation.words
    program, options = words[0].rpartition("/")[2], [word for word in words[1:] if word.startswith("-")]
    if program == "kustomize" and words[1:4] == ("edit", "set", "image"):
        return Fill(_kustomized(item))
    in_place = any(word.startswith(("-i", "--in")) for word in options)
    if program == "sed":
        scripts, files = _scripts(words[1:])
        extended = any(word in ("-E", "-r", "--regexp-extended") or word.startswith(("-Ei", "-ri")) for word in options)
        found = [edits(script, extended) for script in scripts]
        steps = [edit for known in found for edit in known or ()]
        if not steps or None in found:
            return None
        if in_place:
            return Fill(_in_files(item, files, lambda container, value, key: _edited(steps, container, value, key)))
        bundles = streamed(facts, item)
        if not bundles:
            return None
        return Fill(lambda _, container, value: _edited(steps, container, value, _key(container)), bundles)
    if program == "envsubst":
        fill, bundles = substitution(item), streamed(facts, item)
        return None if fill is None or not bundles else Fill(lambda _, __, value: fill(value), bundles)
    return _queried(item, [word for word in words[1:] if not word.startswith("-")]) if in_place else None


def _in_files(item: Activity, files: list[str], change: Callable[[Container, str, str], str]) -> Change:
    """A change of what stands in some files."""
    assert item.invocation is not None
    paths = {join_path(item.invocation.directory, one) for one in files if HIDDEN not in one}

    def changed(bundle: Bundle, container: Container, value: str) -> str:
        place = container.image_span or container.span
        return change(container, value, _key(container)) if place.path in paths else value

    return changed


def _key(container: Container) -> str:
    """The key under which the image stands: a kustomization gives only its tag or its digest."""
    place = container.image_span or container.span
    if place.path.rpartition("/")[2] not in _KUSTOMIZATIONS:
        return "image"
    return "digest" if "@" in (container.image or "") else "newTag"


# -- kustomize edit set image ----------------------------------------------------------------------------------------


def _kustomized(item: Activity) -> Change:
    assert item.invocation is not None
    folder = item.invocation.directory
    files = {join_path(folder, name) for name in _KUSTOMIZATIONS}
    given = [word for word in item.invocation.words[4:] if not word.startswith("-")]

    def changed(bundle: Bundle, container: Container, value: str) -> str:
        if not files & {bundle.path, *bundle.parts}:
            return value
        place = container.image_span or container.span
        for word in given:
            name, equals, new = word.partition("=")
            if not equals:
                name, new = _split(word)[0], word
            # An overlay may know the image by a name that the file gave it before.
            if name == _split(value)[0] or place.path in files:
                return new.replace("*", _split(value)[0], 1) if new.startswith("*") else new
        return value

    return changed


def _split(image: str) -> tuple[str, str]:
    """The name of an image, and its tag or digest."""
    name, at, digest = image.partition("@")
    folder, slash, last = name.rpartition("/")
    last, colon, tag = last.partition(":")
    return folder + slash + last, at + digest if at else colon + tag


# -- sed -------------------------------------------------------------------------------------------------------------


def _scripts(words: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """The scripts of a ``sed`` command and its files."""
    scripts: list[str] = []
    others: list[str] = []
    expected = False
    for word in words:
        if expected:
            scripts.append(word)
        elif word.startswith("--expression="):
            scripts.append(word.partition("=")[2])
        elif not word.startswith("-"):
            others.append(word)
        expected = not expected and word in ("-e", "--expression", "-Ee", "-ie", "-re")
    return (scripts, others) if scripts else (others[:1], others[1:])


def _edited(steps: list[Edit], container: Container, value: str, key: str) -> str:
    """What the line that names an image says afterwards."""
    name, version = _split(value)
    place = container.image_span or container.span
    line = f"{' ' * min(place.column - 1, 80)}{key}: {value if key == 'image' else version[1:]}"
    for edit in steps:
        line = edit(line)
    found, colon, rest = line.partition(": ")
    if not colon or found.strip() != key:
        return value
    rest = rest.strip().strip("\"'")
    return rest if key == "image" else f"{name}{'@' if key == 'digest' else ':'}{rest}"


# -- yq --------------------------------------------------------------------------------------------------------------


def _queried(item: Activity, operands: list[str]) -> Fill | None:
    """``yq -i '.spec...image = strenv(IMAGE)' file``."""
    assert item.invocation is not None
    if item.invocation.words[0].rpartition("/")[2] != "yq":
        return None
    operands = operands[1:] if operands[:1] in (["e"], ["eval"], ["ea"], ["eval-all"]) else operands
    if len(operands) < 2:
        return None
    expression, *files = operands
    where, equals, given = expression.partition(" = ")
    if not equals:
        where, equals, given = expression.partition(" |= ")
    value = assigned_value(item, given) if equals else None
    part = where.rstrip(" )\"'").rpartition(".")[2]
    if value is None or part not in ("image", "newTag", "tag", "digest"):
        return None
    names, numbers = set(_SELECTED.findall(where)), {int(one) for one in _NUMBERED.findall(where)}

    def change(container: Container, old: str, key: str) -> str:
        if names and container.name not in names:
            return old
        return value if part == "image" else f"{_split(old)[0]}{'@' if part == 'digest' else ':'}{value}"

    inside = _in_files(item, files, change)

    def counted(bundle: Bundle, container: Container, old: str) -> str:
        if numbers:
            owner = next((one for one in bundle.workloads if container in one.containers), None)
            place = [one for one in owner.containers if not one.first].index(container) if owner else -1
            if place not in numbers:
                return old
        return inside(bundle, container, old)

    return Fill(counted if "containers" in where else inside)


def assigned_value(item: Activity, text: str) -> str | None:
    """A text in quotes, variables, and both put together with ``+``."""
    given = variables(item)
    found, start = "", 0
    text = text.strip()[:_MOST]
    while start < len(text):
        match = _VALUE.match(text, start)
        if match is None or match.end() == start:
            return None
        name = match[2] or match[3]
        found += given.get(name, HIDDEN) if name else match[1] or ""
        start = match.end()
    return found or None
