"""Commands of Terraform, OpenTofu and Terragrunt, with the options they really get.

Terraform documentation, "Environment Variables": ``TF_CLI_ARGS`` and ``TF_CLI_ARGS_name`` are put right behind the
command, so what the command says itself comes later and wins.  Terragrunt documentation, "CLI Reference":
``run -- plan``, ``run --all plan`` and the older ``run-all plan`` hand the rest on.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.shell_state import HIDDEN
from gradeline.records import record

PROGRAMS = frozenset({"terraform", "tofu", "opentofu", "terragrunt"})
_VALUES = frozenset({"var", "var-file", "target", "replace", "lock-timeout", "parallelism", "state", "state-out",
                     "backup", "out", "exclude", "generate-config-out", "backend-config", "lockfile", "plugin-dir",
                     "from-module", "filter", "test-directory", "junit-xml"})  # fmt: skip
_OFF = frozenset({"false", "0", "f", "F", "FALSE", "False"})  # Go's strconv.ParseBool


@record
class TerraformCommand:
    """``name`` is the command (``plan``), ``options`` are keyed without dashes (the last value of each), ``operands``
    what stands behind them, ``folder`` where it works.  ``open`` is true when a variable that is not known may add
    options."""

    item: Activity
    program: str
    name: str
    options: Mapping[str, str]
    operands: tuple[str, ...]
    folder: str
    open: bool = False

    def says(self, option: str, value: str) -> bool:
        """Whether an option has this value; ``-input false`` is not a form that the programs know."""
        return self.options.get(option) == value

    def off(self, option: str) -> bool:
        return self.options.get(option) in _OFF


def terraform_commands(facts: PipelineFacts) -> tuple[TerraformCommand, ...]:
    """Every such command that some run reaches, in the order it is reached."""
    return tuple(one for item in facts.activities for one in of_activity(item))


def of_activity(item: Activity) -> Iterator[TerraformCommand]:
    """The command, if an activity is one."""
    words = item.invocation.words if item.invocation is not None else ()
    program = words[0].rpartition("/")[2] if words else ""
    if item.invocation is None or program not in PROGRAMS:
        return
    folder, rest = item.invocation.directory, list(words[1:])
    while rest and rest[0].startswith("-"):
        word = rest.pop(0)
        if word.lstrip("-").startswith(("chdir=", "working-dir=")):
            folder = posixpath.join(folder, word.partition("=")[2])
        elif word in ("--working-dir", "--terragrunt-working-dir") and rest:
            folder = posixpath.join(folder, rest.pop(0))
    if rest and rest[0] in ("run", "run-all") and program == "terragrunt":
        rest = _handed_on(rest[1:])
    if not rest:
        return
    given = dict(item.invocation.environment)
    extra: list[str] = []
    open_ = False
    for name in ("TF_CLI_ARGS", f"TF_CLI_ARGS_{rest[0]}"):
        text = given.get(name, "")
        open_ = open_ or text is None or HIDDEN in text
        extra.extend((text or "").split())
    options, operands = _parsed([*extra, *rest[1:]])
    yield TerraformCommand(item, program, rest[0], options, tuple(operands), folder, open_)


def _handed_on(words: list[str]) -> list[str]:
    """What ``terragrunt run`` hands on: the first word that is no option of its own, and what follows."""
    while words and words[0].startswith("-") and words[0] != "--":
        words = words[1:]
    words = words[1:] if words[:1] == ["--"] else words
    return [words[0], *(word for word in words[1:] if word != "--")] if words else []


def _parsed(words: list[str]) -> tuple[Mapping[str, str], list[str]]:
    options: dict[str, str] = {}
    names: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        if word.startswith("-") and len(word) > 1:
            name, equals, value = word.lstrip("-").partition("=")
            if not equals and name in _VALUES and at + 1 < len(words):
                at += 1
                value = words[at]
            options[name] = value
        else:
            names.append(word)
        at += 1
    return options, names
