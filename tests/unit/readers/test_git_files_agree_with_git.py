"""Our reading of ignore and attribute files against Git itself, on fixtures of our own in a folder of the test."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gradeline.model.repository import Repository, deciding
from gradeline.readers.repository import read_repository
from gradeline.source import SourceFile

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="Git is the oracle here")
PATHS = (
    "a.pkl", "models/a.pkl", "models/deep/b.onnx", "models/README.md", "data/raw/customers.csv",
    "data/raw/customers.csv.dvc", "data/prepared/train.csv", "src/churn/train.py", "src/churn/models/x.py",
    "src/churn/__pycache__/a.cpython-312.pyc", ".env", "app/.env", ".dvc/config", ".dvc/config.local",
    "infra/terraform/terraform.tfstate", "infra/terraform/terraform.tfstate.backup", "dvc.lock", "docs/guide.md",
    "docs/a b.md", "foo/bar", "foo/x/bar", "foo/x/y/bar", "a[1].txt", "a1.txt", "#hash", "!bang", "Data/x.csv",
    "end ", "build/out.o", "x/build/out.o", "abc.tmp", "abd.tmp", "ab3.tmp",
)  # fmt: skip
IGNORES = {
    "negation-after-a-folder": {".gitignore": "data/\n!data/raw/customers.csv\n"},
    "negation-that-works": {".gitignore": "/data/**\n!/data/**/\n!/data/**/*.dvc\n"},
    "anchored-and-not": {".gitignore": "/models\nbuild/\nsrc/*.py\n"},
    "stars": {".gitignore": "foo/**/bar\n**/__pycache__\nmodels/*\n!models/README.md\n*.tfstate*\n"},
    "trailing-stars": {".gitignore": "foo/**\n**/raw/**\n"},
    "classes": {".gitignore": "ab[c-d].tmp\na\\[1\\].txt\n[!s]rc\nab[[:digit:]].tmp\n"},
    "escapes-and-comments": {".gitignore": "# no\n\\#hash\n\\!bang\nend\\ \n.env   \n\t\n"},
    "files-in-folders": {
        ".gitignore": "*.csv\n*.md\n",
        "data/raw/.gitignore": "!customers.csv\n*.dvc\n",
        "docs/.gitignore": "!guide.md\n",
    },
    "everything-but": {".gitignore": "*\n!*/\n!*.md\n!.gitignore\n"},
    "broken-patterns": {".gitignore": "ab[c.tmp\nfoo\\\n/\n!\n**\n!docs\n"},
    "stars-in-a-part": {".gitignore": "m**s/a.pkl\ndata/r*w/*.csv\n?1.txt\n"},
}
LFS = "filter=lfs diff=lfs merge=lfs -text"
ATTRIBUTES = {
    "last-line-wins": {".gitattributes": f"* text=auto\n*.pkl {LFS}\nmodels/a.pkl !filter text\n"},
    "folders": {".gitattributes": f"models/ {LFS}\nmodels/* diff=x\nfoo/** {LFS}\n/docs/*.md -text\n"},
    "macros": {".gitattributes": f"[attr]model {LFS} binary\n*.pkl model\n*.onnx model -diff\nmodels/*.pkl -model\n"},
    "binary-and-words-after": {".gitattributes": "*.pkl binary text\n*.onnx text binary\n*.md binary !merge\n"},
    "files-in-folders": {".gitattributes": f"*.pkl {LFS}\n", "models/.gitattributes": "*.pkl -filter\n*.onnx text\n"},
    "quoted": {".gitattributes": '"docs/a b.md" text=x\n"a[[]1].txt" -text\n*.pkl filter=a=b\n'},
    "a-comment-behind-a-line": {".gitattributes": f"*.pkl {LFS} # models\n*.onnx {LFS}\n"},
    "wrong-lines": {".gitattributes": f"!*.pkl {LFS}\n*.md #x text\n*.onnx -text=3 +diff\n  *.csv\ttext\teol=lf\n"},
}
NAMES = ("filter", "diff", "merge", "text", "binary", "eol")


def git(folder: Path, *words: str, given: str = "") -> str:
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull,
        "LC_ALL": "C",
    }  # fmt: skip
    done = subprocess.run(
        ["git", *words], cwd=folder, env=environment, input=given, capture_output=True, text=True, check=False
    )
    return done.stdout


def repository(folder: Path, files: dict[str, str]) -> None:
    git(folder, "init", "-q")
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def ours(files: dict[str, str]) -> Repository:
    sources = {path: SourceFile(path, text) for path, text in files.items()}
    return read_repository(tuple(sorted({*PATHS, *files})), sources.get)


@pytest.mark.parametrize("story", IGNORES)
def test_the_same_files_are_ignored_as_git_ignores(story: str, tmp_path: Path) -> None:
    repository(tmp_path, IGNORES[story])
    said = set(git(tmp_path, "check-ignore", "-z", "--no-index", "--stdin", given="\0".join(PATHS)).split("\0"))
    found = ours(IGNORES[story])
    mine = {path for path in PATHS if (one := deciding(found.ignores, path)) is not None and not one.negated}
    assert mine == said - {""}


@pytest.mark.parametrize("story", ATTRIBUTES)
def test_the_same_attributes_as_git_gives(story: str, tmp_path: Path) -> None:
    repository(tmp_path, ATTRIBUTES[story])
    said = git(tmp_path, "check-attr", "-z", "--stdin", *NAMES, given="\0".join(PATHS)).split("\0")
    theirs = {(said[at], said[at + 1]): said[at + 2] for at in range(0, len(said) - 2, 3)}
    assert len(theirs) == len(PATHS) * len(NAMES)
    found = ours(ATTRIBUTES[story])
    mine = {}
    for path in PATHS:
        known = found.attributes_of(path)
        for name in NAMES:
            state = known[name].state if name in known else None
            mine[path, name] = {True: "set", False: "unset", None: "unspecified"}.get(state, state)
    assert mine == theirs
