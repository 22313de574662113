"""What does not belong there is left out: history, data, secrets, caches.

What it looks for
    ``of: image``: the ignore file that the build reads keeps each of the named things out of the build context,
    by the builder's own rules: the last pattern that matches decides.  ``of: git``: so do the ignore files of Git,
    in the root and in folders, by Git's rules.  ``of: data``: so do those of the data's tool.  ``of: large-files``:
    the content of each of them lies in large file storage, with all that Git has to know for that, and no text does.

What does not count
    No ignore file, an empty one, a pattern that a later one takes back, a pattern that only fits in another
    folder, and one that leaves out what the build needs or what has to stay.  For large files, a pattern that takes
    in everything.  One without ``-text`` earns half.

How to repair
    Name each of them, or leave out everything and take back what is needed.

Parameters
    ``of``: ``image``, ``git``, ``data`` or ``large-files``.  ``out``: what has to be left out, as paths from the
    root; ``**/`` in front means in every folder (``**/*.ipynb``).  ``but``: what may stay all the same, such as the
    model that is served.  ``keep``: paths that must not be left out (Git and data only).
"""

from __future__ import annotations

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.checks.support.images import NO_IMAGE, chosen_images, guarded
from gradeline.facts import image_context
from gradeline.facts.case import Case
from gradeline.facts.image_context import missing_sources
from gradeline.facts.images import ImageFacts
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

CHECK = Check(
    code="Q4",
    family="structure",
    params={"of": {"enum": ["image", "git", "data", "large-files"]}, "out": WORDS, "but": WORDS, "keep": WORDS},
    required=("out",),
    reads=("images", "repository"),
)


def run(
    case: Case,
    out: str | list[str],
    of: str = "image",
    but: str | list[str] | None = None,
    keep: str | list[str] | None = None,
    pipelines: list[str] | None = None,
) -> Verdict:
    if of != "image":
        from gradeline.checks.support.git_kept import left_out, stored_elsewhere

        if of == "large-files":
            return stored_elsewhere(case, listed(out))
        return left_out(case, of, listed(out), listed(but), listed(keep))
    images = chosen_images(case, pipelines)
    if not images:
        return NO_IMAGE
    proofs: list[Evidence] = []
    for facts in images:
        verdict = _context(facts, listed(out), listed(but))
        if verdict.status != "met":
            return verdict
        proofs.extend(verdict.evidence)
    return guarded(images, Verdict("met", "Nothing gets into the build that does not belong there.", tuple(proofs)))


def _context(facts: ImageFacts, out: tuple[str, ...], but: tuple[str, ...]) -> Verdict:
    ignore = facts.files.ignore
    if ignore is None:
        place = (Evidence(facts.image.span, "problem", "everything beside this file goes into the build"),)
        return Verdict("unmet", f"No ignore file belongs to `{facts.image.path}`.", place)
    if not ignore.read:
        place = (Evidence(Span(ignore.path, 1), "problem", "not all of it was read"),)
        return Verdict("cannot_tell", f"`{ignore.path}` could not be read to its end.", place)
    for span, text in missing_sources(facts, ignore):
        message = f"The build needs `{text}`, but `{ignore.path}` leaves it out."
        return Verdict("unmet", message, (Evidence(span, "problem", "this is left out of the context"),))
    proofs: list[Evidence] = []
    for wanted in out:
        found = image_context.left_out(facts, ignore, wanted, but)
        if not found.out:
            where = found.by.span if found.by is not None else Span(ignore.path, 1)
            shown = "takes it back" if found.by is not None else "no pattern here leaves it out"
            real = facts.project.has(facts.files.in_repository(found.example))
            message = f"`{found.example if real else wanted}` goes into the build."
            return Verdict("unmet", message, (Evidence(where, "problem", shown),))
        if found.by is not None:
            proofs.append(Evidence(found.by.span, "proof", f"leaves {wanted} out"))
    return Verdict("met", "", tuple(dict.fromkeys(proofs)) or (Evidence(Span(ignore.path, 1), "proof", "read"),))
