"""Data that Git knows by its hash only, and the place where others get it: what ``data-versioned`` asks of files."""

from __future__ import annotations

import re
from hashlib import md5

from gradeline.facts.case import Case
from gradeline.facts.git_files import kept
from gradeline.model.data import Data, DataFile, Remote
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

_LENGTHS = {"md5": re.compile(r"[0-9a-f]{32}(?:\.dir)?"), "sha256": re.compile(r"[0-9a-f]{64}(?:\.dir)?")}
# Small files that belong into Git beside the data.
_SMALL = (".dvc", ".gitignore", ".gitkeep", ".gitattributes", ".md", ".dvcignore", "dvc.yaml", "dvc.lock")


def tracked(case: Case, paths: tuple[str, ...], folder: str) -> Verdict:
    """Whether each path is tracked by a whole hash and ignored by Git, and nothing of ``folder`` is plain in Git."""
    data = case.data
    ignores = case.project.repository.ignores
    proofs: list[Evidence] = []
    for path in paths:
        inside = f"{path.rstrip('/')}/"
        known = next((one for one in data.files if one.path == path or path.startswith(f"{one.path}/")), None)
        known = known or next((one for one in data.files if one.path.startswith(inside)), None)
        if known is None:
            products = (product for stage in data.stages for product in stage.products if product.cached)
            made = next((one for one in products if one.path == path or one.path.startswith(inside)), None)
            if made is None:
                return _untracked(data, path)
            proofs.append(Evidence(made.span, "proof", f"{made.path} is known by its hash in the lock"))
            continue
        problem = _incomplete(known) or _of_another(case, known)
        if problem:
            return Verdict("unmet", f"`{known.tracked_by}` does not fix the version of the data: {problem}.", (
                Evidence(known.span, "problem", problem),))  # fmt: skip
        # A folder is ignored when what is in it is.
        here = path if path.startswith(f"{known.path}/") else known.path
        found = kept(ignores, f"{here}/x" if known.content.files is not None and here == known.path else here)
        if not found.out:
            place = found.by.span if found.by is not None else known.span
            shown = "takes it back" if found.by is not None else "Git is not told to ignore the file itself"
            return Verdict("unmet", f"`{path}` can still get into Git.", (Evidence(place, "problem", shown),))
        proofs.append(Evidence(known.span, "proof", f"{path} is known by its hash"))
        proofs += [Evidence(found.by.span, "proof", "Git ignores the file itself")] if found.by is not None else []
    for path in case.project.paths if folder else ():
        if path.startswith(f"{folder.rstrip('/')}/") and not path.endswith(_SMALL) and not kept(ignores, path).out:
            return Verdict("unmet", f"`{path}` is plain in Git.", (
                Evidence(Span(path, 1), "problem", "Git is not told to ignore it"),))  # fmt: skip
    return Verdict("met", "The version of the data is part of the commit, and the data is not.", tuple(
        dict.fromkeys(proofs)))  # fmt: skip


def _untracked(data: Data, path: str) -> Verdict:
    broken = next((one for one in data.diagnostics if one.path == f"{path}.dvc" and one.span is not None), None)
    if broken is not None and broken.span is not None:
        return Verdict("unmet", f"`{path}.dvc` stands for nothing. {broken.message}", (
            Evidence(broken.span, "problem", "does not name the data"),))  # fmt: skip
    return Verdict("unmet", f"No small file in Git stands for `{path}`.", (
        Evidence(Span(f"{path}.dvc", 1), "context", "looked for it here"),))  # fmt: skip


def _incomplete(known: DataFile) -> str:
    content = known.content
    if not content.hash:
        return "it has no hash"
    form = _LENGTHS.get(content.hash_name)
    if form is not None and not form.fullmatch(content.hash):
        return f"`{content.hash[:40]}` is no whole {content.hash_name} hash"
    if content.size is None and known.origin is None:
        return "it does not say how large the data is"
    if known.origin is not None and not known.origin.locked:
        return "it does not say which version was imported"
    return ""


def _of_another(case: Case, known: DataFile) -> str:
    """Whether the hash is that of another content than the file has that lies here."""
    source = case.project.files.get(known.path) if known.content.hash_name == "md5" and known.origin is None else None
    if source is None or known.content.files is not None:
        return ""
    text = source.text.replace("\r\n", "\n")
    # Git for Windows may have changed the line ends.
    forms = [form.encode("utf-8", "surrogatepass") for form in (text, text.replace("\n", "\r\n"))]
    if any(known.content.hash == md5(form, usedforsecurity=False).hexdigest() for form in forms):
        return ""
    return f"`{known.content.hash}` is not the hash of the file that lies here"


def remote(case: Case) -> Verdict:
    """Whether there is a place of its own, known to everybody, from which others get the data."""
    data = case.data
    if not data.config:
        return Verdict("unmet", "No file says where others get the data.")
    if not data.default_remote:
        return Verdict("unmet", "No remote is the default one, so nobody knows where to get the data.", (
            Evidence(Span(data.config[0], 1), "problem", "names no default"),))  # fmt: skip
    place = data.default_remote_span or Span(data.config[0], 1)
    found = data.default
    if found is None:
        message = f"The default remote `{data.default_remote}` is not defined."
        return Verdict("unmet", message, (Evidence(place, "problem", "no remote has this name"),))
    problem = _unreachable(data, found)
    if problem:
        return Verdict("unmet", f"Others cannot get the data from `{found.name}`: {problem}.", (
            Evidence(found.span, "problem", problem),))  # fmt: skip
    return Verdict("met", "Everybody gets the data from the same place.", (
        Evidence(found.span, "proof", f"a place of the kind {found.kind}"),
        Evidence(place, "proof", "taken when nobody names one"),
    ))  # fmt: skip


def _unreachable(data: Data, found: Remote, seen: tuple[str, ...] = ()) -> str:
    if not found.shared:
        return "it is defined in a file that is not in Git"
    if not found.url:
        return "it has no address"
    if found.kind in ("local", "file"):
        return "it is a folder on one machine"
    if found.kind == "remote":
        name = found.url.partition("://")[2].partition("/")[0]
        other = next((one for one in data.remotes if one.name == name), None)
        if other is None:
            return f"it is a part of `{name}`, which is not defined"
        if name in (found.name, *seen) or len(seen) > 8:
            return "its address leads back to itself"
        return _unreachable(data, other, (*seen, found.name))
    return ""
