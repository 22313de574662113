"""From the data of ``actions.yaml`` and the inputs of a step to the effects of the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gradeline.model.effects import (
    Approval,
    ArtifactGet,
    ArtifactPut,
    CacheUse,
    Checkout,
    Effect,
    FailsUnless,
    Login,
    PathFilter,
    Toolchain,
    Wraps,
)
from gradeline.model.expression import (
    Call,
    Constant,
    Expression,
    Name,
    NeedsReport,
    Operation,
    Output,
    Secret,
    UnitResult,
    Unresolved,
)
from gradeline.model.pipeline import Use
from gradeline.model.text import Text
from gradeline.readers import texts
from gradeline.readers.github import catalogue
from gradeline.readers.github.changed import changed_files_filter, filter_from_yaml
from gradeline.readers.github.reading import Reading
from gradeline.readers.github.uses import spoken_version
from gradeline.records import record
from gradeline.source import Span


@record
class Using:
    """One use of an action: the reference, its inputs (names in lower case), and what is around it."""

    reading: Reading
    use: Use
    span: Span
    inputs: Mapping[str, Text]
    needs: Mapping[str, str]  # names used in the file -> units this unit waits for
    self_hosted: bool | None

    @property
    def version(self) -> str:
        return spoken_version(self.use.version, self.use.kind, self.use.comment)

    def given(self, name: str | None) -> Text | None:
        """An input that was given and is not empty."""
        value = self.inputs.get(name.lower()) if name else None
        return value if value is not None and value.raw.strip() else None

    def constant(self, name: str | None, default: str = "") -> str | None:
        """The value of an input; None when it is computed at run time."""
        value = self.given(name)
        if value is None:
            return default
        return texts.spoken(value)

    def says(self, name: str, wanted: str) -> bool:
        return (self.constant(name) or "").strip().lower() == wanted


def effects_of(using: Using) -> tuple[tuple[Effect, ...], str]:
    """The effects of a step that uses an action, and why some cannot be seen (empty when all can)."""
    found: list[Effect] = []
    hidden = ""
    for rule in catalogue.effects(using.use.name):
        effect = _BUILDERS[rule["kind"]](using, rule)
        if isinstance(effect, str):
            hidden = hidden or effect
        elif effect is not None:
            found.append(effect)
    return tuple(found), hidden


_Built = Effect | str | None  # a text says why the effect cannot be seen


def _checkout(using: Using, _: Mapping[str, Any]) -> _Built:
    # actions/checkout, action.yml: persist-credentials is on by default; allow-unsafe-pr-checkout is the way
    # around the refusal of fork code that v7 brought (README, What's new).
    ref, repository = using.given("ref"), using.given("repository")
    return Checkout(
        using.span,
        ref,
        repository,
        keeps_credentials=not using.says("persist-credentials", "false"),
        allows_untrusted=using.says("allow-unsafe-pr-checkout", "true"),
        unreviewed=any(value is not None and _is_proposal(value) for value in (ref, repository)),
    )


PROPOSALS = (
    ("github", "head_ref"),
    ("github", "event", "pull_request", "head"),
    ("github", "event", "pull_request", "merge_commit_sha"),
    ("github", "event", "workflow_run", "head_sha"),
    ("github", "event", "workflow_run", "head_branch"),
    ("github", "event", "workflow_run", "head_commit"),
    ("github", "event", "workflow_run", "head_repository"),
    ("github", "event", "workflow_run", "pull_requests"),
)


def _is_proposal(value: Text) -> bool:
    """Whether a ref or repository is that of a proposed change.

    GitHub Security Lab, "Preventing pwn requests": ``head.sha``, ``head.ref``, ``refs/pull/N/merge`` and
    ``refs/pull/N/head``, and in ``workflow_run`` the head of the run that came before.
    """
    if value.raw.strip().removeprefix("refs/").startswith("pull/"):
        return True
    return any(
        isinstance(node, Name) and any(node.path[: len(start)] == start for start in PROPOSALS)
        for node in value.expressions()
    )


def _toolchain(using: Using, rule: Mapping[str, Any]) -> _Built:
    given = using.given(rule.get("versions"))
    versions = texts.lines(given) if given is not None else ()
    file = using.given(rule.get("file"))
    if not versions and file is None:
        if rule.get("only_when_given"):
            return None
        if rule.get("default_file"):
            file = Text(rule["default_file"], using.span)
    return Toolchain(using.span, rule["language"], versions, file)


def _files_cache(using: Using, rule: Mapping[str, Any]) -> _Built:
    paths = _lines(using.given("path"))
    key = using.given("key")
    return CacheUse(
        using.span,
        cache_subject(paths),
        rule["mode"],
        key if key is not None else Text("", using.span),
        _lines(using.given("restore-keys")),
        paths,
        removed=using.use.removed,
    )


# Where programs keep what they download; the subject of a cache is the first of them among its paths.
_CACHE_PLACES = (
    ("pre-commit", ("pre-commit",)),
    ("poetry", ("pypoetry", "poetry")),
    ("pipenv", ("pipenv", "virtualenvs")),
    ("pip", ("cache/pip", "Library/Caches/pip", "pip\\Cache", "pip-cache", ".pip")),
    ("uv", ("cache/uv", "uv-cache", ".uv", "uv\\cache")),
    ("pdm", ("cache/pdm",)),
    ("conda", ("conda_pkgs_dir", "conda/pkgs", "micromamba", "miniconda", "miniconda3")),
    ("dvc", (".dvc/cache", ".dvc\\cache")),
    ("docker", ("buildx-cache", "docker-cache")),
    ("venv", (".venv", "venv", "env/lib")),
    ("npm", (".npm", "node_modules")),
    ("yarn", (".yarn", "cache/yarn")),
    ("pnpm", ("pnpm", "pnpm-store")),
    ("go", ("go/pkg/mod", "go-build")),
    ("cargo", (".cargo",)),
    ("maven", (".m2",)),
    ("gradle", (".gradle",)),
)


def cache_subject(paths: tuple[Text, ...]) -> str:
    """What kind of files the paths of a cache hold: the name of a program, or ``files``."""
    for path in paths:
        spelled = texts.spoken(path) or path.raw
        for subject, places in _CACHE_PLACES:
            if any(_holds(spelled, place) for place in places):
                return subject
    return "files"


def _holds(path: str, place: str) -> bool:
    if "/" in place or "\\" in place:
        return place in path
    return place.lstrip(".") in [part.lstrip(".") for part in path.replace("\\", "/").split("/")]


def _tool_cache(using: Using, rule: Mapping[str, Any]) -> _Built:
    kind = rule.get("always")
    if kind is None:
        default = rule.get("default", "")
        before = rule.get("default_before")
        if before is not None and catalogue.is_before(using.version, before["version"]):
            default = before["value"]
        value = using.constant(rule["switch"], default)
        if value is None:
            return f"whether {using.use.name} keeps a cache is computed at run time"
        value = value.strip().lower()
        if value == "auto" and using.self_hosted:
            return None  # on a runner of one's own the files stay on the machine anyway
        kind = rule["values"].get(value)
    if kind is None:
        return None
    given = using.given(rule.get("files_input"))
    mode = "both"
    if rule.get("save_input") and using.says(rule["save_input"], "false"):
        mode = "restore"
    elif rule.get("restore_input") and using.says(rule["restore_input"], "false"):
        mode = "save"
    return CacheUse(
        using.span,
        kind["subject"],
        mode,  # type: ignore[arg-type]
        covers=frozenset(kind["covers"]),
        key_files=None if given is None else texts.lines(given),
        default_files=tuple(kind["files"]),
        removed=using.use.removed,
    )


def _image_cache(using: Using, rule: Mapping[str, Any]) -> _Built:
    """Docker Docs, "Cache storage backends": layers are found by their content, so every input is covered."""
    if "set" in rule:
        given = using.given(rule["set"])
        lines = tuple(line.raw for line in texts.lines(given)) if given is not None else ()
        restores = any(".cache-from=" in line for line in lines)
        saves = any(".cache-to=" in line for line in lines)
    else:
        restores, saves = using.given(rule["from"]) is not None, using.given(rule["to"]) is not None
    if not restores and not saves:
        return None
    mode = "both" if restores and saves else ("restore" if restores else "save")
    return CacheUse(using.span, "docker", mode, covers=frozenset({"os", "toolchain", "lock"}))  # type: ignore[arg-type]


def _artifact_put(using: Using, rule: Mapping[str, Any]) -> _Built:
    paths = _lines(using.given("path"))
    name = using.given("name") or Text(rule.get("name", "artifact"), using.span)
    if using.says("archive", "false") and paths:
        # action.yml: the name of the single file is then the name of the artifact.
        start = paths[0].raw.rfind("/") + 1
        name = texts.part(paths[0], start, len(paths[0].raw))
    return ArtifactPut(
        using.span,
        name,
        paths,
        using.given("retention-days"),
        overwrite=using.says("overwrite", "true"),
        removed=using.use.removed,
    )


def _artifact_get(using: Using, _: Mapping[str, Any]) -> _Built:
    # action.yml: `pattern` is ignored when a name is given; without either, every artifact comes.
    name = using.given("name")
    pattern = None if name is not None else using.given("pattern")
    return ArtifactGet(using.span, name, pattern, using.given("path"), using.use.removed)


def _login(using: Using, rule: Mapping[str, Any]) -> _Built:
    federated = any(all(using.given(name) is not None for name in names) for names in rule.get("federated", ()))
    for name, value in rule.get("federated_when", {}).items():
        federated = federated or using.says(name, value)
    if any(using.says(name, value) for name, value in rule.get("federated_unless", {}).items()):
        federated = False
    if rule.get("federated_without"):
        federated = all(using.given(name) is None for name in rule["federated_without"])
    static = tuple(
        value
        for name in rule.get("static", ())
        if (value := using.given(name)) is not None and not _short_lived(value)
    )
    if rule.get("only_when_given") and not static:
        return None
    provider = rule["provider"]
    if rule.get("provider_input"):
        provider = using.constant(rule["provider_input"], provider) or "computed"
    identity = next((value for name in rule.get("identity", ()) if (value := using.given(name)) is not None), None)
    return Login(using.span, rule["type"], provider, federated, static, identity)


def _short_lived(value: Text) -> bool:
    """Whether a credential is made during the run: the job token, or the output of an earlier step."""
    leaves = [node for node in value.expressions() if isinstance(node, Secret | Name | Output)]
    return bool(leaves) and all(isinstance(node, Output) or getattr(node, "automatic", False) for node in leaves)


def _wraps(using: Using, rule: Mapping[str, Any]) -> _Built:
    if using.says(rule["switch"], "false"):
        return None
    return Wraps(using.span, rule["program"], rule["output"], tuple(rule["succeeds"]))


def _approval(using: Using, rule: Mapping[str, Any]) -> _Built:
    given = using.given(rule["people"])
    people = texts.lines(given) if given is not None else ()
    return Approval(using.span, using.use.name, people=people, holds_runner=True)


def _path_filter(using: Using, _: Mapping[str, Any]) -> _Built:
    given = using.given("filters")
    if given is None:
        return None
    if given.holes:
        return "the path filters are computed at run time"
    return PathFilter(using.span, filter_from_yaml(using.reading, given, using.says("predicate-quantifier", "every")))


def _changed_files(using: Using, _: Mapping[str, Any]) -> _Built:
    names = ("files", "files_ignore", "files_separator", "files_yaml", "files_ignore_yaml", "files_from_source_file")
    if any(using.constant(name) is None for name in names):
        return "the path filters are computed at run time"
    return PathFilter(using.span, changed_files_filter(using.reading, {name: using.given(name) for name in names}))


def _all_needs(using: Using, _: Mapping[str, Any]) -> _Built:
    """re-actors/alls-green, README.md: fails unless every job in ``jobs`` succeeded, with named exceptions."""
    jobs = using.given("jobs")
    whole = jobs.template() if jobs is not None else None
    if not (isinstance(whole, Call) and whole.function == "tojson" and _is_needs(whole.arguments[0])):
        return FailsUnless(using.span, Unresolved("the jobs that are looked at are computed", using.span))
    failures, skips = using.constant("allowed-failures"), using.constant("allowed-skips")
    if failures is None or skips is None:
        return FailsUnless(using.span, Unresolved("the jobs that may fail are computed", using.span))
    may_fail, may_skip = _list(failures), _list(skips)
    tests: list[Expression] = []
    for name, unit in using.needs.items():
        if name in may_fail:
            continue
        result = UnitResult(unit, using.span)
        allowed = ["success", "skipped"] if name in may_skip else ["success"]
        options = tuple(Operation("==", (result, Constant(word, using.span)), using.span) for word in allowed)
        tests.append(options[0] if len(options) == 1 else Operation("or", options, using.span))
    if len(tests) == 1:
        return FailsUnless(using.span, tests[0])
    return FailsUnless(using.span, Operation("and", tuple(tests), using.span) if tests else Constant(True, using.span))


def _is_needs(node: Expression) -> bool:
    return isinstance(node, NeedsReport)


def _list(value: str) -> frozenset[str]:
    return frozenset(item.strip(" []\"'\n\t").lower() for item in value.split(",")) - {""}


def _lines(value: Text | None) -> tuple[Text, ...]:
    return () if value is None else texts.lines(value)


_BUILDERS: Mapping[str, Callable[[Using, Mapping[str, Any]], _Built]] = {
    "checkout": _checkout,
    "toolchain": _toolchain,
    "wraps": _wraps,
    "files-cache": _files_cache,
    "tool-cache": _tool_cache,
    "image-cache": _image_cache,
    "artifact-put": _artifact_put,
    "artifact-get": _artifact_get,
    "login": _login,
    "approval": _approval,
    "path-filter": _path_filter,
    "changed-files": _changed_files,
    "all-needs": _all_needs,
}
