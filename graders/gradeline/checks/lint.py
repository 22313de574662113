"""An analyser of the field has nothing to say against the files.

What it looks for
    The named analyser reads the files, and none of its rules that the rubric names is broken in them.  Where
    such an analyser is known to be fooled, what the files really say counts as well.

What does not count
    Comments and settings that silence a rule.  A file that the analyser cannot read, and one in which it finds
    nothing that the rules are about: that nothing was said is no proof.

How to repair
    Read the rule's page in the documentation of the analyser, and repair what it is about.  To silence it helps
    nobody.

Parameters
    ``tool``: ``hadolint``, ``zizmor``, ``yamllint`` or ``checkov``.  ``rules``: the analyser's own names of the
    rules that count.  ``paths``: patterns of the files it reads.  ``allowed``: how many findings earn half.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.facts.case import Case
from gradeline.facts.lint_gaps import Gap, gaps
from gradeline.result import Evidence, Status, Verdict
from gradeline.source import Span

if TYPE_CHECKING:
    from gradeline.lint import Finding, Linted

CHECK = Check(
    code="Q8",
    family="structure",
    params={
        "tool": {"enum": ["checkov", "hadolint", "yamllint", "zizmor"]},
        "rules": WORDS,
        "paths": WORDS,
        "allowed": {"type": "integer", "minimum": 0, "maximum": 50},
    },
    required=("tool", "rules", "paths"),
    reads=("pipelines", "images", "infrastructure"),
)
_SHOWN = 10


def run(
    case: Case,
    tool: str,
    rules: str | list[str],
    paths: str | list[str],
    allowed: int = 0,
    pipelines: list[str] | None = None,
) -> Verdict:
    patterns, named = listed(paths), listed(rules)
    files = sorted({path for pattern in patterns for path in case.project.matching(pattern)})
    if not files:
        return Verdict("unmet", f"No file matches {_quoted(patterns)}, so there is nothing to read.")
    found = case.linters.lint(tool, files, named)
    overlooked = [gap for rule in named for gap in gaps(case, tool, rule, files)]
    problems = _problems(found, overlooked)
    if problems:
        return _broken(tool, problems, allowed)
    hidden = _hidden(tool, found, overlooked, files, named)
    if hidden is not None:
        return hidden
    proofs = tuple(Evidence(Span(path, 1), "proof", f"{tool} finds nothing") for path in files[:_SHOWN])
    return Verdict("met", f"{tool} finds nothing by {_quoted(named)}.", proofs)


def _problems(found: Linted, overlooked: list[Gap]) -> list[tuple[Span, str]]:
    """What is wrong, each place once: where the analyser speaks, our own words about the same line are left out."""
    said = [(one.span, _sentence(one)) for one in found.findings]
    lines = {(span.path, span.line) for span, _ in said}
    whole = [(span, text) for span, text in said if span.end_line > span.line]
    for gap in overlooked:
        within = any(span.path == gap.span.path and span.line <= gap.span.line <= span.end_line for span, _ in whole)
        if gap.certain and not within and (gap.span.path, gap.span.line) not in lines:
            lines.add((gap.span.path, gap.span.line))
            said.append((gap.span, gap.sentence))
    return sorted(dict.fromkeys(said))


def _sentence(one: Finding) -> str:
    return f"{one.code}: {one.message.rstrip('.')}"


def _broken(tool: str, problems: list[tuple[Span, str]], allowed: int) -> Verdict:
    status: Status = "partial" if len(problems) <= allowed else "unmet"
    count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
    span = problems[0][0]
    message = f"{tool} reads the files, and {count} stands in them. The first is in line {span.line} of `{span.path}`."
    if len(problems) > 1:
        message = message.replace("stands", "stand")
    return Verdict(status, message, tuple(Evidence(place, "problem", said) for place, said in problems[:_SHOWN]))


def _hidden(
    tool: str, found: Linted, overlooked: list[Gap], files: list[str], rules: tuple[str, ...]
) -> Verdict | None:
    """Why silence proves nothing here."""
    for one in found.unread:
        place = (Evidence(Span(one.path, one.line), "problem", one.reason),)
        return Verdict("cannot_tell", f"{tool} does not see all of `{one.path}`: {one.reason}.", place)
    for gap in overlooked:
        if not gap.certain:
            sentence = f"{gap.sentence[:1].upper()}{gap.sentence[1:]}."
            return Verdict("cannot_tell", sentence, (Evidence(gap.span, "problem", gap.sentence),))
    places = tuple(Evidence(Span(path, 1), "context", "read to its end") for path in files[:_SHOWN])
    if found.looked_at == 0:
        message = f"{tool} found nothing that {_quoted(rules)} could be about, so it shows nothing."
        return Verdict("cannot_tell", message, places)
    if not found.complete:
        return Verdict("cannot_tell", f"{tool} could not read the files to their end.", places)
    return None


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(f"`{word}`" for word in words)
