"""How firmly a pipeline names the programs that it fetches for itself: containers, downloads, packages, versions.

OpenSSF Scorecard, "Pinned-Dependencies" (containerImage, downloadThenRun, pipCommand, goCommand); SLSA,
"Verifying artifacts".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from gradeline.facts import tools
from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.commands import Container
from gradeline.facts.downloads import FETCHERS, SUPPOSED, address_of, name_of
from gradeline.facts.image_pins import strength_of
from gradeline.facts.script_shape import literal, tree, walk
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.pipeline import Step, Unit, Use
from gradeline.model.text import Places, Text
from gradeline.records import record
from gradeline.source import Span
from gradeline.syntax import shell_nodes as sh

Firmness = Literal["firm", "exact", "loose", "unknown"]
_RUNNERS = frozenset({"sh", "bash", "dash", "zsh", "python", "python3", "perl", "node", "ruby"})
# Programs whose success says that a file is the expected one.
_CHECKERS = frozenset({"sha256sum", "sha512sum", "sha1sum", "shasum", "b2sum", "gpg", "gpgv", "minisign", "cosign",
                       "slsa-verifier", "openssl"})  # fmt: skip
_CHECKS = frozenset({"-c", "--check", "--verify", "verify", "verify-blob", "verify-artifact", "verify-blob-attestation",
                     "dgst"})  # fmt: skip
# What is downloaded to be run or unpacked; other downloads are data.
_PROGRAM_ENDS = (".sh", ".py", ".tar.gz", ".tgz", ".tar.xz", ".zip", ".deb", ".rpm", ".apk", ".whl", ".gz", ".xz")
_PROGRAM_PARTS = ("/releases/", "/releases/download/", "/install", "/bin/")
# Inputs of actions that say which version of a program is installed.
_VERSIONS = ("version", "-version", "cosign-release", "-release")
_MOVING = frozenset({"latest", "main", "master", "edge", "nightly", "stable"})
_HEX = frozenset("0123456789abcdef")


@record
class Fetched:
    """One program from elsewhere.  ``firm``: its content is fixed; ``exact``: one release, which its owner could
    still replace; ``loose``: whatever is there when the pipeline runs."""

    firmness: Firmness
    shown: str
    sentence: str
    span: Span


def fetched(facts: PipelineFacts) -> Iterator[Fetched]:
    """Everything of this kind that some run of the pipeline fetches, in the order of the file."""
    found: dict[tuple[Span, str], Fetched] = {}
    for item in facts.activities:
        for one in (*_containers(item), *_packages(facts, item)):
            found.setdefault((one.span, one.shown), one)
    for unit in facts.pipeline.units:
        for step in unit.walk():
            if not facts.reached_steps.get((unit.id, step.id)):
                continue
            for one in (*_downloads(unit, step), *_inputs(facts, unit, step)):
                found.setdefault((one.span, one.shown), one)
    yield from sorted(found.values(), key=lambda one: one.span)


# -- containers ------------------------------------------------------------------------------------------------


def _containers(item: Activity) -> Iterator[Fetched]:
    """``docker run IMAGE``: the wrapper that leads to the command."""
    if item.invocation is None:
        return
    span = item.span
    unwrapped = tools.unwrap(item.invocation.words, dict(item.invocation.environment))
    images = [unwrapped.image] if unwrapped is not None and unwrapped.image else []
    images += [one.image for one in item.invocation.installs if isinstance(one, Container) and one.image]
    for image in images:
        if HIDDEN in image:
            if "@sha256:" not in image:
                yield Fetched("unknown", image.replace(HIDDEN, "…"), "is computed", span)
            continue
        use = _image(image, span)
        if "/" not in use.name and not use.version:
            continue  # an image that the pipeline has built itself has such a name, too
        strength = strength_of(use)
        if strength == "digest":
            yield Fetched("firm", image, "is named by its digest", span)
        elif strength == "exact":
            yield Fetched("exact", image, "is one release, but its tag can be moved", span)
        else:
            yield Fetched("loose", image, "is a tag that moves", span)


def _image(text: str, span: Span) -> Use:
    rest, at, digest = text.partition("@")
    folder, slash, last = rest.rpartition("/")
    last, _, tag = last.partition(":")
    whole = digest.startswith("sha256:") and len(digest) == 71 and set(digest[7:]) <= _HEX
    kind: Literal["digest", "branch", "tag", "none"] = "digest" if whole else "branch" if at else "tag"
    version = f"{tag}@{digest}" if at else tag
    return Use(span, f"{folder}{slash}{last}", version, kind if version else "none", "image")


# -- packages --------------------------------------------------------------------------------------------------


def _packages(facts: PipelineFacts, item: Activity) -> Iterator[Fetched]:
    for reading in facts.toolbox.installs(item):
        if reading.pretends or reading.scope == "system" or reading.checks_lock:
            continue
        loose = [name for name in reading.unpinned if name is not None and not name.startswith((".", "/"))]
        if loose:
            yield Fetched("loose", loose[0], "is installed in whatever version is newest", item.span)
        elif reading.packages and None not in reading.packages:
            yield Fetched("exact", str(reading.packages[0]), "is one release", item.span)


# -- downloads -------------------------------------------------------------------------------------------------


def _downloads(unit: Unit, step: Step) -> Iterator[Fetched]:
    if step.script is None or step.shell is None or step.shell.program not in ("sh", "bash"):
        return
    checked = any(_checks(text) for text in _scripts(unit))
    places = Places(step.script)
    for node in walk(tree(step.script.raw)):
        if isinstance(node, sh.Pipeline):
            yield from _piped(node, places)
        elif isinstance(node, sh.Simple) and name_of(node) in FETCHERS:
            address = address_of(node)
            if address and _saves(node) and _is_program(address):
                yield _download(address, checked, places.at(node.start, node.end))


def _scripts(unit: Unit) -> Iterator[Text]:
    yield from (step.script for step in unit.walk() if step.script is not None)


def _piped(node: sh.Pipeline, places: Places) -> Iterator[Fetched]:
    """``curl URL | sh``: nothing looks at what comes before it runs."""
    first, last = node.commands[0], node.commands[-1]
    if not isinstance(first, sh.Simple) or not isinstance(last, sh.Simple) or first is last:
        return
    words = [literal(word) or "" for word in last.words]
    while words and words[0].rsplit("/", 1)[-1] in SUPPOSED:
        words.pop(0)
    if name_of(first) in FETCHERS and words and words[0].rsplit("/", 1)[-1] in _RUNNERS:
        address = address_of(first)
        if not _has_commit(address):
            sentence = "is run as it comes, without a look at what it is"
            yield Fetched("loose", address or "a download", sentence, places.at(node.start, node.end))


def _download(address: str, checked: bool, span: Span) -> Fetched:
    if checked or _has_commit(address):
        return Fetched("firm", address, "is compared with a hash or a signature", span)
    if "{" in address or "$" in address:
        return Fetched("unknown", address, "has a version that is computed", span)
    if _has_version(address):
        return Fetched("exact", address, "is one release, but nothing compares its content", span)
    return Fetched("loose", address, "is whatever lies there when the pipeline runs", span)


def _checks(text: Text) -> bool:
    """Whether a script compares a file with a hash or a signature."""
    for node in walk(tree(text.raw)):
        if isinstance(node, sh.Simple):
            words = [literal(word) or "" for word in node.words]
            while words and words[0].rsplit("/", 1)[-1] in SUPPOSED:
                words.pop(0)
            name = words[0].rsplit("/", 1)[-1] if words else ""
            plain = {word.partition("=")[0] for word in words[1:]}
            short = any(word.startswith("-") and not word.startswith("--") and "c" in word for word in words[1:])
            if name in _CHECKERS and (_CHECKS & plain or (short and name.endswith("sum"))):
                return True
            if words[:3] == ["gh", "attestation", "verify"]:
                return True
    return False


def _saves(node: sh.Simple) -> bool:
    """Whether the answer becomes a file (curl(1), -o and -O; wget(1))."""
    words = [literal(word) or "" for word in node.words]
    if name_of(node) == "wget" or any(redirect.operator in (">", ">|") for redirect in node.redirects):
        return True
    return any(
        word in ("--output", "--remote-name", "--remote-name-all", "--output-dir")
        or (word.startswith("-") and not word.startswith("--") and ("o" in word[1:] or "O" in word[1:]))
        for word in words[1:]
    )


def _is_program(address: str) -> bool:
    path = address.partition("?")[0].lower()
    return path.endswith(_PROGRAM_ENDS) or any(part in path for part in _PROGRAM_PARTS)


def _has_commit(address: str) -> bool:
    return any(len(part) == 40 and set(part) <= _HEX for part in address.replace("@", "/").split("/"))


def _has_version(address: str) -> bool:
    """Whether one release is named: ``v0.74.0`` and the like."""
    for part in address.replace("_", "/").replace("-", "/").split("/"):
        numbers = part.removeprefix("v").split(".")
        if len(numbers) >= 2 and all(number.isdecimal() for number in numbers[:2]):
            return True
    return False


# -- actions ---------------------------------------------------------------------------------------------------


def _inputs(facts: PipelineFacts, unit: Unit, step: Step) -> Iterator[Fetched]:
    """``version: latest`` of an action that installs a program."""
    if step.use is None:
        return
    for name, text in step.inputs.items():
        value = text.raw.strip().lower()
        if name.lower().endswith(_VERSIONS) and value in _MOVING:
            yield Fetched("loose", f"{name}: {text.raw.strip()}", "is whatever is newest", text.span)
