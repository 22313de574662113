"""What Git and the data's tool leave out, and what Git keeps elsewhere: the questions of ``ignore``."""

from __future__ import annotations

from fnmatch import fnmatchcase

from gradeline.facts.case import Case
from gradeline.facts.git_files import examples, invented, kept, route, text_in_storage
from gradeline.model.repository import IgnoreFile
from gradeline.result import Evidence, Verdict
from gradeline.source import Span


def left_out(case: Case, of: str, out: tuple[str, ...], but: tuple[str, ...], keep: tuple[str, ...]) -> Verdict:
    """Whether an ignore file leaves out each of ``out`` and nothing of ``keep``; ``but`` may stay."""
    repository = case.project.repository
    files = repository.ignores if of == "git" else repository.data_ignores
    name = ".gitignore" if of == "git" else ".dvcignore"
    if not any(file.patterns for file in files):
        place = tuple(Evidence(Span(file.path, 1), "problem", "says nothing") for file in files)
        return Verdict("unmet", f"No `{name}` leaves anything out.", place)
    proofs: list[Evidence] = []
    for wanted in out:
        verdict = _out(case, files, wanted, but)
        if verdict.status != "met":
            return verdict
        proofs.extend(verdict.evidence)
    for wanted in keep:
        for path in (wanted,) if "*" not in wanted else tuple(examples(case.project, wanted)):
            found = kept(files, path)
            if found.out and found.by is not None:
                message = f"`{path}` is left out, but it has to stay."
                return Verdict("unmet", message, (Evidence(found.by.span, "problem", f"leaves out {path}"),))
    return Verdict("met", "What does not belong there is left out, and nothing else.", tuple(dict.fromkeys(proofs)))


def _out(case: Case, files: tuple[IgnoreFile, ...], wanted: str, but: tuple[str, ...]) -> Verdict:
    proofs: list[Evidence] = []
    for path in examples(case.project, wanted):
        if any(fnmatchcase(path, one) or path.startswith(f"{one.rstrip('/')}/") for one in but):
            continue
        found = kept(files, path)
        if not found.out:
            place = found.by.span if found.by is not None else Span(files[0].path, 1)
            shown = "takes it back" if found.by is not None else "no line here leaves it out"
            real = path if case.project.has(path) or "*" not in wanted else wanted
            return Verdict("unmet", f"`{real}` is not left out.", (Evidence(place, "problem", shown),))
        if found.by is not None:
            proofs.append(Evidence(found.by.span, "proof", f"leaves {wanted} out"))
    return Verdict("met", "", tuple(dict.fromkeys(proofs)))


def stored_elsewhere(case: Case, out: tuple[str, ...]) -> Verdict:
    """Whether the content of each of ``out`` is kept in large file storage, and texts are not."""
    repository = case.project.repository
    if not repository.attributes:
        return Verdict("unmet", "No `.gitattributes` says how large files are kept.")
    text = text_in_storage(case.project, out)
    if text is not None and text.by is not None:
        message = f"The content of `{text.path}` would lie elsewhere, so nobody could read what changed in it."
        return Verdict("unmet", message, (Evidence(text.by.line.span, "problem", "takes in texts, too"),))
    proofs: list[Evidence] = []
    half: Verdict | None = None
    for wanted in out:
        for path in invented(wanted):
            found = route(repository, path)
            if not found.elsewhere:
                place = found.by.line.span if found.by is not None else Span(repository.attributes[0].span.path, 1)
                shown = "decides otherwise" if found.by is not None else "no line here takes it in"
                message = f"`{wanted if '*' in wanted else path}` would be kept in Git itself, in every version."
                return Verdict("unmet", message, (Evidence(place, "problem", shown),))
            assert found.by is not None
            if found.missing and half is None:
                still = "change its line ends" if "-text" in found.missing else "compare and merge it as text"
                message = f"`{path}` is kept elsewhere, but Git may still {still}."
                half = Verdict("partial", message, (Evidence(found.by.line.span, "problem", f"may still {still}"),))
            proofs.append(Evidence(found.by.line.span, "proof", f"keeps {wanted} elsewhere"))
    return half or Verdict("met", "Large files are kept outside of Git's history, and texts in it.", tuple(
        dict.fromkeys(proofs)))  # fmt: skip
