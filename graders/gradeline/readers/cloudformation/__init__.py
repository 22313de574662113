"""CloudFormation: from the templates of a submission to stacks.  A template is known by what it says.

A template is read once with its defaults, or, where files of parameters name what it asks for, once with each of
them.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as Map

from gradeline.model.infrastructure import Infrastructure, Stack
from gradeline.readers.cloudformation.given import Given, given_values
from gradeline.readers.cloudformation.template import Template, children, is_template, parameter_names, stack
from gradeline.source import Diagnostic, SourceFile
from gradeline.syntax.yaml import Mapping, parse

MAX_TEMPLATES = 40
MAX_VALUES = 6
MAX_STACKS = 120
MAX_DEPTH = 6  # of stacks inside each other
_ENDINGS = (".yml", ".yaml", ".json", ".template")


def read_cloudformation(paths: Iterable[str], read: Callable[[str], SourceFile | None]) -> Infrastructure:
    """Each template with the values it is given.  Diagnostic codes are those of ``syntax.yaml``."""
    templates: list[Template] = []
    givens: list[Given] = []
    diagnostics: list[Diagnostic] = []
    for path in sorted(paths):
        if not path.endswith(_ENDINGS):
            continue
        source = read(path)
        if source is None:
            continue
        if "AWS::" in source.text or "AWSTemplateFormatVersion" in source.text:
            parsed = parse(source)
            root = parsed.root
            if isinstance(root, Mapping) and is_template(root) and len(templates) < MAX_TEMPLATES:
                templates.append(Template(path, root, parsed.complete, parsed.diagnostics))
                diagnostics.extend(parsed.diagnostics)
                continue
        found = given_values(source)
        if found is not None:
            givens.append(found)
    names = {template.path: parameter_names(template) for template in templates}
    known = {template.path: template for template in templates}
    read_all = {path: _stacks(template, _chosen(path, names, givens)) for path, template in known.items()}
    return Infrastructure(tuple(_nested(known, read_all)), tuple(diagnostics))


def _nested(known: Map[str, Template], read_all: Map[str, list[Stack]]) -> Iterator[Stack]:
    """The stacks of the submission, those inside of others with the values that they are given there."""
    inside = {child for found in read_all.values() for one in found for child, _ in children(one, known)}
    tops = [path for path in known if path not in inside]
    waiting: list[tuple[Stack, tuple[str, ...]]] = [(one, (path,)) for path in tops for one in read_all[path]]
    seen: set[str] = set()
    for _ in range(MAX_STACKS):
        if not waiting:  # what is left holds each other
            left = next((path for path in known if path not in seen), None)
            if left is None:
                return
            waiting += [(one, (left,)) for one in read_all[left]]
        found, way = waiting.pop(0)
        seen.add(found.path)
        yield found
        for child, given in children(found, known):
            if child not in way and len(way) < MAX_DEPTH:
                waiting.append((stack(known[child], given), (*way, child)))


def _chosen(path: str, names: Map[str, frozenset[str]], givens: list[Given]) -> list[Given]:
    """The files that are for a template: no other one knows more of their names.  A list of parameters without any
    known name is for the only template of its folder."""
    found = []
    for given in givens:
        known = {other: len(mine & given.values.keys()) for other, mine in names.items()}
        most = max(known.values())
        folder = posixpath.dirname(given.path)
        alone = [other for other in names if posixpath.dirname(other) == folder] == [path]
        if known[path] == most and (most or (given.listed and alone)):
            found.append(given)
    found.sort(key=lambda given: ("prod" not in posixpath.basename(given.path).casefold(), given.path))
    return found[:MAX_VALUES]


def _stacks(template: Template, givens: list[Given]) -> list[Stack]:
    return [stack(template, given) for given in givens] or [stack(template, None)]
