"""Other ways to write workflows of a cluster: Argo Workflows and pipelines of Kubeflow."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from mutation import yaml_edits as edit
from mutation.manifests import places
from mutation.operators import Change, Files, changed
from mutation.orchestrations import FLOW, STEPS, TASKS, TEMPLATES, is_kubeflow
from mutation.rewrites import REWRITES, rewrite


def is_argo(path: str) -> bool:
    return path.startswith("argo/")


def whole(name: str, where: Callable[[str], bool], new: Callable[[str], str]) -> None:
    """A rewrite of each whole file."""

    def apply(files: Files) -> Iterator[Change]:
        for path in sorted(filter(where, files)):
            yield from changed(files, path, new(files[path]), "file")

    REWRITES.append((name, apply))


def lines(name: str, where: Callable[[str], bool], pattern: str, new: str | Callable[[re.Match[str]], str]) -> None:
    """A rewrite of every place that matches, all at once."""
    whole(name, where, lambda text: re.sub(pattern, new, text, flags=re.MULTILINE))


# -- Argo -----------------------------------------------------------------------------------------------------------------

lines("a success is what is waited for", is_argo, r"^(\s+depends: )(\w+)\.Succeeded$", r"\1\2")
lines("an order in quotes", is_argo, r"^(\s+depends: )(\w+\.Succeeded)$", r'\1"\2"')
lines("an order as a list", is_argo, r"^(\s+)depends: (\w+)\.Succeeded$", r"\1dependencies: [\2]")
lines("a list as an order", is_argo, r"^(\s+)dependencies: \[(\w+(?:, \w+)*)\]$",
      lambda found: f'{found[1]}depends: "{found[2].replace(", ", ".Succeeded && ")}.Succeeded"')  # fmt: skip
lines("an order without skipped tasks", is_argo, r"^(\s+depends: )(\w+)\.Succeeded$", r'\1"\2.Succeeded && !\2.Failed"')
lines("numbers as texts", is_argo, r"^(\s+(?:activeDeadlineSeconds|startingDeadlineSeconds): )(\d+)$", r"\1\2  # seconds")
lines("the limit as a number", is_argo, r'^(\s+limit: )"(\d)"$', r"\1\2")
lines("the limit as a text", is_argo, r"^(\s+limit: )(\d)$", r'\1"\2"')
lines("the handler as a hook", is_argo, r"^  onExit: (\w+)$", r"  hooks: {exit: {template: \1}}")
lines("the hook as a handler", is_argo, r"^  hooks:\n    exit:\n      template: (\w+)$", r"  onExit: \1")
lines("templates in braces with spaces", is_argo, r"\{\{((?:tasks|steps|inputs|workflow)\.[\w.-]+)\}\}", r"{{ \1 }}")
lines("one try after the other takes twice as long", is_argo, r'^(\s+factor: )"2"$', r"\g<1>2")
lines("images in two ways", is_argo, r"^(\s+image: )(\S+)$", r"\1'\2'")


@rewrite("the program and its options in one list")
def in_one_list(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_argo, files)):
        text = re.sub(r"^(\s+command: \[.*)\]\n\s+args: \[(.*\])$", r"\1, \2", files[path], flags=re.MULTILINE)
        yield from changed(files, path, text, "file")


@rewrite("a script instead of a container")
def by_a_shell(files: Files) -> Iterator[Change]:
    """``sh -ec`` with the words of the program, as far as they need no quotes."""
    for path in sorted(filter(is_argo, files)):
        def written(found: re.Match[str]) -> str:
            words = " ".join([*found[2].split(", "), *re.findall(r'"[^"]*"|[^\s,]+', found[3])])
            return f"{found[1]}command: [sh, -ec]\n{found[1]}args:\n{found[1]}  - |\n{found[1]}    {words}"

        text = re.sub(r"^(\s+)command: \[(.*)\]\n\s+args: \[(.*)\]$", written, files[path], flags=re.MULTILINE)
        yield from changed(files, path, text, "file")


@rewrite("templates have other names")
def other_templates(files: Files) -> Iterator[Change]:
    """The names of templates only; tasks and steps keep theirs."""
    for path in sorted(filter(is_argo, files)):
        text = files[path]
        wheres = (f"{TEMPLATES}/name", f"{TASKS}/template", f"{STEPS}/template", "spec/entrypoint", "spec/onExit", "spec/hooks/exit/template")
        found = [one.value for where in wheres for one in places(text, FLOW, where) if isinstance(one, edit.Entry)]
        for start, end in sorted(((one.start_mark.index, one.end_mark.index) for one in found), reverse=True):
            text = f"{text[:start]}t-{text[start:end]}{text[end:]}"
        yield from changed(files, path, text, "file")


@rewrite("templates in another order")
def templates_turned(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_argo, files)):
        head, found, tail = files[path].partition("  templates:\n")
        parts = re.split(r"^(?=    - name: )", tail.rstrip("\n") + "\n", flags=re.MULTILINE)
        if found and len(parts) > 2:
            turned = "".join(part.rstrip("\n") + "\n" for part in reversed(parts) if part.strip())
            yield from changed(files, path, head + found + turned, "file")


# -- Kubeflow ---------------------------------------------------------------------------------------------------------------

whole("a pipeline in another layout", is_kubeflow, lambda text: ast.unparse(ast.parse(text)) + "\n")
lines("remarks in a pipeline", is_kubeflow, r"^(?=@dsl|    with |def )", "# set_caching_options(False), check=False\n")
lines("the SDK by its whole name", is_kubeflow, r"^from kfp import compiler, dsl, kubernetes$", "import kfp\nfrom kfp import compiler, dsl, kubernetes")
lines("a card without a number is one", is_kubeflow, r"\.set_accelerator_limit\(1\)|^\s+\w+\.set_accelerator_limit\(1\)\n", "")
lines("settings by their names", is_kubeflow, r"set_caching_options\((True|False)\)", r"set_caching_options(enable_caching=\1)")
lines("settings without their names", is_kubeflow, r"set_retry\(num_retries=(\d)", r"set_retry(\1")
lines("another word for no", is_kubeflow, r'"bad"', '"refused"')
lines("another word for yes", is_kubeflow, r'"good"', '"fine"')
lines("the variables have other names", is_kubeflow, r"\b(fetched|trained|evaluated|decided|registered|checked|measured|kept|export)\b(?!\()", r"the_\1")


@rewrite("one setting on each line")
def one_each(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_kubeflow, files)):
        text = re.sub(r"^(\s+)(\w+)(\.set_\w+\([^()\n]*\))(\.set_\w+\([^()\n]*\))$", r"\1\2\3\n\1\2\4", files[path],
                      flags=re.MULTILINE)  # fmt: skip
        yield from changed(files, path, text, "file")
