"""The findings that scanners are told to leave out: which lists a scan reads, and what each entry says.

Sources: Trivy documentation, "Filtering" (.trivyignore with ``exp:``; .trivyignore.yaml with ``statement`` and
``expired_at``, read only when it is named); Grype README, "Specifying matches to ignore"; OSV-Scanner
documentation, "Configuration" (IgnoredVulns); Snyk documentation, "The .snyk file"; Safety documentation,
"Safety policy file"; OpenVEX specification, "Statements"; CycloneDX 1.6, vulnerabilities/analysis.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from datetime import date
from typing import Literal

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.document import Document, Key
from gradeline.model.project import Project
from gradeline.records import record
from gradeline.source import Span

NEVER = 2100  # a year from which on an end is none
MIN_REASON = 10  # characters that a reason has at least
_NO_REASON = frozenset({"todo", "tbd", "fixme", "none", "n/a", "na", "ignore", "ignored", "false positive", "wontfix"})

# Where each scanner looks without being told, by the name of the file.
DEFAULTS = {
    "trivy": (".trivyignore",),
    "grype": (".grype.yaml", ".grype.yml", ".grype/config.yaml", ".grype/config.yml"),
    "anchore/scan-action": (".grype.yaml", ".grype.yml"),
    "osv-scanner": ("osv-scanner.toml",),
    "snyk": (".snyk",),
    "safety": (".safety-policy.yml", ".safety-policy.yaml"),
}
NAMED_ONLY = {".trivyignore.yaml": "trivy", ".trivyignore.yml": "trivy"}
_FILE_OPTIONS = ("--ignorefile", "--policy-path", "--policy-file")
_CONFIGS = {"trivy": ("trivy.yaml",)}
_WORDS = ("--ignore-vuln", "--ignore")  # an exception as a word of the command line


@record
class Waiver:
    """One finding that is left out.  ``kind`` ``statement`` is one of a VEX document: it says that the product is
    not affected, and ends with the next document."""

    finding: str
    reason: str
    until: str
    span: Span
    kind: Literal["exception", "statement"] = "exception"
    wide: str = ""  # why it hides more than one finding


@record
class WaiverList:
    """``used`` false: no scan reads the file.  ``problem``: it cannot be understood."""

    path: str
    span: Span
    waivers: tuple[Waiver, ...] = ()
    used: bool = True
    problem: str = ""


def lists_of(facts: PipelineFacts, items: tuple[Activity, ...]) -> tuple[WaiverList, ...]:
    """The lists that these scans read, and those that lie there but that no scan of the tool reads."""
    project = facts.project
    found: dict[str, WaiverList] = {}
    tools: set[str] = set()
    for item in items:
        for reading in item.readings:
            tools.add(reading.tool)
            for path in _named(facts, item, reading.options):
                found.setdefault(path, _hidden(item) if HIDDEN in path else read_list(project, path, item.span))
            for name in _WORDS:
                for number, word in enumerate(reading.options.get(name, ())):
                    finding = word or "?"
                    waiver = Waiver(finding, "", "", item.span)
                    found[f"{item.span}{name}{number}"] = WaiverList(item.text, item.span, (waiver,))
            given = bool(reading.options.get("--ignorefile"))
            for name in () if given else DEFAULTS.get(reading.tool, ()):
                for path in _lying(project, name):
                    found.setdefault(path, read_list(project, path, item.span))
    for name, tool in NAMED_ONLY.items():
        for path in _lying(project, name) if tool in tools else ():
            if path not in found:
                unused = read_list(project, path, Span(path, 1))
                found[path] = WaiverList(path, unused.span, unused.waivers, False, unused.problem)
    return tuple(found.values())


def _lying(project: Project, name: str) -> tuple[str, ...]:
    """The file at the root; those of OSV-Scanner count in every folder."""
    if name == "osv-scanner.toml":
        return tuple(path for path in project.paths if path == name or path.endswith("/" + name))
    return (name,) if project.has(name) else ()


def _hidden(item: Activity) -> WaiverList:
    return WaiverList(item.text, item.span, problem="which list it reads is computed")


def _named(facts: PipelineFacts, item: Activity, options: object) -> Iterator[str]:
    """The lists that a command, its settings or its environment name."""
    given: dict[str, tuple[str | None, ...]] = options if isinstance(options, dict) else dict(options)  # type: ignore[call-overload]
    for name in (*_FILE_OPTIONS, "--vex", "--vex-location", "vex"):
        for value in given.get(name, ()):
            for path in (value if value is not None else HIDDEN).split(","):
                if path.strip() and path not in ("repo", "oci"):
                    yield _clean(item, path.strip())
    if any(given.get(name) for name in ("--ignore-policy",)):
        yield HIDDEN
    scenario = next((one for one in facts.pipeline.scenarios if one.id in item.scenarios), None)
    variables = (*item.unit.env, *item.step.env)
    for variable in variables if scenario is not None else ():
        if variable.name in ("TRIVY_IGNOREFILE", "TRIVY_VEX") and scenario is not None:
            yield _clean(item, facts.moment(item.unit, scenario).hidden_text(variable.value))
    for configs in (_CONFIGS.get(reading.tool, ()) for reading in item.readings):
        for config in (*configs, *(value or HIDDEN for value in given.get("--config", ()))):
            document = facts.project.documents.get(_clean(item, config))
            list_file = document.get("ignorefile") if document is not None else None
            if list_file is not None and list_file.text:
                yield list_file.text
            if document is not None and "osv-scanner" in {reading.tool for reading in item.readings}:
                yield document.path


def _clean(item: Activity, path: str) -> str:
    directory = item.invocation.directory if item.invocation is not None else ""
    joined = posixpath.normpath(posixpath.join(directory, path)) if HIDDEN not in path else HIDDEN
    return joined.removeprefix("./")


# -- formats ---------------------------------------------------------------------------------------------------


def read_list(project: Project, path: str, place: Span) -> WaiverList:
    """The entries of one list; a list that is not in the submission is a problem at ``place``."""
    if not project.has(path):
        return WaiverList(path, place, problem=f"the list {path} is not in the submission")
    document = project.documents.get(path)
    if document is not None:
        if document.problem:
            return WaiverList(path, document.span, problem=document.problem)
        return WaiverList(path, document.span, tuple(_of_document(document)))
    source = project.files.get(path)
    if source is None:
        return WaiverList(path, place, problem=f"{path} cannot be read")
    return WaiverList(path, Span(path, 1), tuple(_of_lines(path, source.lines)))


def _of_lines(path: str, lines: tuple[str, ...]) -> Iterator[Waiver]:
    """``CVE-2024-1 exp:2027-01-31 # why``; comments right above belong to the entry."""
    above: list[str] = []
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if text.startswith("#"):
            above.append(text.lstrip("# "))
            continue
        if not text:
            above = []
            continue
        entry, _, behind = text.partition("#")
        words = entry.split()
        until = next((word[4:] for word in words if word.startswith("exp:")), "")
        reason = " ".join([*above, behind.strip()]).strip()
        yield Waiver(words[0], reason, until, Span(path, number, 1, number, len(line) + 1), wide=_wide(words[0]))
        above = []


def _of_document(document: Document) -> Iterator[Waiver]:
    for table in ("vulnerabilities", "misconfigurations", "secrets", "licenses"):
        for key in document.items(table):
            if document.get(*key, "analysis") is not None:
                yield from _cyclonedx(document, key)
            else:
                yield _entry(document, key, ("id",), ("statement",), ("expired_at",))
    for key in document.items("ignore"):
        if isinstance(key[-1], str):
            yield from _snyk(document, key)
        else:
            yield _grype(document, key)
    for key in document.items("IgnoredVulns"):
        yield _entry(document, key, ("id",), ("reason",), ("ignoreUntil",))
    for key in document.items("security", "ignore-vulnerabilities"):
        yield _under_id(document, key, ("reason",), ("expires",))
    for key in document.items("statements"):
        yield from _openvex(document, key)


def _text(document: Document, key: Key, names: tuple[str, ...]) -> str:
    return next((value.text for name in names if (value := document.get(*key, name)) is not None and value.text), "")


def _entry(
    document: Document, key: Key, ids: tuple[str, ...], reasons: tuple[str, ...], ends: tuple[str, ...]
) -> Waiver:
    finding = _text(document, key, ids)
    span = document.values[key].span
    return Waiver(finding, _text(document, key, reasons), _text(document, key, ends), span, wide=_wide(finding))


def _under_id(document: Document, key: Key, reasons: tuple[str, ...], ends: tuple[str, ...]) -> Waiver:
    finding = str(key[-1])
    span = document.values[key].span
    return Waiver(finding, _text(document, key, reasons), _text(document, key, ends), span, wide=_wide(finding))


def _snyk(document: Document, key: Key) -> Iterator[Waiver]:
    """``ignore: ID: [{PATH: {reason, expires}}]``."""
    for item in document.items(*key):
        for path in document.items(*item):
            found = _under_id(document, path, ("reason",), ("expires",))
            yield Waiver(str(key[-1]), found.reason, found.until, document.values[key].span)


def _grype(document: Document, key: Key) -> Waiver:
    """Grype's rules have no end of their own, so a date in the reason counts as one."""
    finding = _text(document, key, ("vulnerability",))
    reason = _text(document, key, ("reason", "vex-justification"))
    span = document.values[key].span
    if not finding and _text(document, key, ("fix-state",)) and document.get(*key, "package") is None:
        return Waiver("fix-state", "leaves out what nobody has fixed yet", "fix", span)
    until = next((word for word in reason.replace("(", " ").replace(")", " ").split() if _day(word)), "")
    return Waiver(finding, reason, until.strip(".,;:"), span, wide=_wide(finding))


def _openvex(document: Document, key: Key) -> Iterator[Waiver]:
    name = _text(document, (*key, "vulnerability"), ("name", "@id")) or _text(document, key, ("vulnerability",))
    status = _text(document, key, ("status",))
    if status in ("not_affected", "fixed"):
        reason = _text(document, key, ("impact_statement", "justification", "status_notes"))
        reason = "it is fixed in the product" if status == "fixed" and not reason else reason
        yield Waiver(name, reason, "", document.values[key].span, "statement", _wide(name))


def _cyclonedx(document: Document, key: Key) -> Iterator[Waiver]:
    state = _text(document, (*key, "analysis"), ("state",))
    if state in ("not_affected", "false_positive", "resolved"):
        reason = _text(document, (*key, "analysis"), ("detail", "justification"))
        name = _text(document, key, ("id",))
        yield Waiver(name, reason, "", document.values[key].span, "statement", _wide(name))


def _wide(finding: str) -> str:
    # Some scanners take a pattern for many findings, others for an id that no finding has.  Neither is one finding.
    return "it names no single finding" if not finding.strip() or set(finding) & set("*?[") else ""


# -- what an entry lacks ---------------------------------------------------------------------------------------


def lacks(waiver: Waiver) -> str:
    """What is missing in an entry, as the end of a sentence; empty when nothing is."""
    if waiver.wide:
        return waiver.wide
    reason = waiver.reason.strip().strip(".").lower()
    if len(reason) < MIN_REASON or reason in _NO_REASON:
        return "it does not say why the finding may stay"
    if waiver.kind == "statement" or waiver.until == "fix":
        return ""
    if not waiver.until:
        return "it has no end"
    day = _day(waiver.until)
    if day is None:
        return f"its end, {waiver.until[:30]!r}, is no date"
    return "it never really ends" if day.year >= NEVER else ""


def _day(text: str) -> date | None:
    """The day of ``2027-01-31`` or ``2027-01-31T00:00:00.000Z``; None for anything else."""
    first = text.strip(".,;:")[:10]
    if len(first) != 10 or first[4] != "-":
        return None
    try:
        return date.fromisoformat(first)
    except ValueError:
        return None
