"""Damage to stages of a data pipeline and to what keeps their files: dependencies, numbers, stores, ignored files."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mutation import yaml_edits as edit
from mutation.operators import Change, Files, adds, changed, drops, keys, line_of, lines, mutant
from mutation.rewrites import REWRITES


def some(*names: str) -> frozenset[str]:
    return frozenset(names)


NUMBERS = some("report")
STORE = some("data-versioned:remote")
DATA = some("data-versioned:folder", "data-versioned:data")
SECRETS = some("no-literal-secret")


def is_stages(path: str) -> bool:
    return path == "dvc.yaml"


def is_store(path: str) -> bool:
    return path == ".dvc/config"


def is_tracked(path: str) -> bool:
    return path.endswith(".csv.dvc")


drops("a stage that explains nothing", some("named"), is_stages, "desc")
drops("no numbers are declared", some("report", "step-cache"), is_stages, "metrics", targets=NUMBERS)
drops("no plot", NUMBERS | {"step-cache"}, is_stages, "plots", targets=NUMBERS)
lines("numbers in the cache", NUMBERS, is_stages, r"(reports/(?:metrics|\$\{key\})\.json: )\{cache: false\}", r"\1{cache: true}")
adds("always done again", some("step-cache"), is_stages, "always_changed: true",
     lambda one: isinstance(one, edit.Entry) and len(one.path) == 2 and one.path[0] == "stages" and "cmd" in keys(one.value))  # fmt: skip
lines("the check of the data may fail", some("gates", "step-cache"), is_stages, r"^(\s+cmd: .*validate.*)$", r"\1 || true", some("gates"))


@mutant("a dependency less", some("step-cache", "gates", "data-versioned"), some("step-cache"))
def a_dependency_less(files: Files) -> Iterator[Change]:
    """Programs and data that a stage uses and does not name."""
    for path in sorted(filter(is_stages, files)):
        for one in edit.walk(edit.tree(files[path]), flow=True):
            if isinstance(one, edit.Item) and one.path[-1:] == ("deps",):
                yield from changed(files, path, edit.without_item(files[path], one), line_of(one))


lines("no store by default", STORE, is_store, r"^\s+remote = .*\n", "")
lines("another store by default", STORE, is_store, r"^(\s+remote = ).*$", r"\1attic")
lines("a store on one machine", STORE, is_store, r"^(\s+url = ).*$", r"\1/home/anna/dvc-store")
lines("a store beside the repository", STORE, is_store, r"^(\s+url = ).*$", r"\1../../store")
lines("a password in the settings", SECRETS, is_store, r"^(\s+url = .*)$", r"\1" + "\n    password = Kq7vX2mB9tLr4WzP8dNc")
lines("half a checksum", DATA | some("data-versioned"), is_tracked, r"^(- md5: \w{16})\w+$", r"\1")
lines("no checksum", DATA | some("data-versioned"), is_tracked, r"^- md5: .*$\n?", "- hash: md5\n")
lines("notebooks are data", some("ignore:data"), lambda path: path == ".dvcignore", r"^/?notebooks/?$", "")
lines("settings of one machine get into Git", some("ignore:git"), lambda path: path.endswith(".gitignore"), r"^(?:/\.dvc)?/config\.local$|^\*\.local$|^\.dvc/\*$", "")
lines("a seed that is empty", some("seeded", "params-external"), lambda path: path.endswith((".yaml", ".yml")) and path in ("params.yaml", "config/train.yaml"), r"^(\s*seed:) \d+$", r"\1", some("seeded"))
lines("a parameter that is not there", some("params-external", "seeded"), lambda path: path in ("params.yaml", "config/train.yaml"), r"^(\s+)(?:c|test_share): .*\n", "", some("params-external"))


# -- the same in other words ------------------------------------------------------------------------------------------------


def _each(name: str, pattern: str, new: str) -> None:
    def apply(files: Files) -> Iterator[Change]:
        for path in sorted(filter(is_stages, files)):
            yield from changed(files, path, re.sub(pattern, new, files[path], flags=re.MULTILINE), "file")

    REWRITES.append((name, apply))


_each("files of stages in quotes", r"^(\s+- )((?:src|data|models|reports)/[\w./]+)$", r'\1"\2"')
_each("files from the folder itself", r"^(\s+- )((?:src|data|models)/[\w./]+)$", r"\1./\2")
_each("a command as a list of commands", r"^(\s+)cmd: (python .*)$(?!\n\1 )", r"\1cmd:\n\1  - \2")
_each("stages with other names", r"^(  )(prepare|validate|train|evaluate)(:)$", r"\1the-\2\3")
_each("no remark about a stage is a command", r"^(\s+)deps:", r"\1# always_changed: true\n\1deps:")
