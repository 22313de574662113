"""The least mutation score a pipeline accepts, and of which code.

Facts: mutmut 3 source, ``__main__.py`` (``run`` ends with 0 although mutants survive, ``export-cicd-stats`` writes
``mutants/mutmut-cicd-stats.json``) and ``configuration.py`` (``source_paths``, formerly ``paths_to_mutate``,
``only_mutate``, ``do_not_mutate``; without a path ``src`` or ``lib``); Cosmic Ray source, ``survival_rate.py``:
``--fail-over`` ends with 1 when more than so many percent survive, and 0 is taken as no limit at all.

A script that decides is followed with made-up results, so that it does not matter how it is written.  When no command
is known to decide, the whole pipeline is simulated with them: a shell script may read the numbers and calculate.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from gradeline.facts.activities import Activity
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.gate_experiment import run
from gradeline.facts.gate_scripts import started_by
from gradeline.model.document import Document, Key, Value
from gradeline.records import record, replace
from gradeline.source import Span

STATS = "mutants/mutmut-cicd-stats.json"
_JQ = re.compile(
    r"\s*\(?\s*\.killed\s*/\s*(?:\.total|\(\s*\.killed\s*\+\s*\.survived\s*\))\s*\)?\s*(\*\s*100)?\s*\)?\s*"
    r">=\s*([0-9]{1,3}(?:\.[0-9]{1,4})?)\s*\Z"
)


@record
class Score:
    """One command that may fail for too many survivors.  ``least``: the score it accepts, in percent; None when
    nothing makes it fail.  ``known`` False: that cannot be seen.  ``sources``: the code that is changed."""

    item: Activity
    least: float | None
    sources: tuple[str, ...]
    known: bool = True
    only: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    proven: bool = False  # whole runs were followed: they fail below the least score, whatever comes after the command


def scores(case: Case, facts: PipelineFacts) -> Iterator[Score]:
    """Every command of a pipeline that changes the code, or judges what came of it."""
    runs = [item for item in facts.doing("mutation") if not _is(item, "cr-rate")]
    mutmut = [item for item in runs if _is(item, "mutmut")]
    rays = [item for item in runs if _is(item, "cosmic-ray")]
    answers = (_judged(case, item, bool(mutmut), bool(rays)) for item in facts.activities)
    judged = [found for found in answers if found is not None]
    if mutmut and all(one.least is None for one in judged):
        from gradeline.facts.tests_mutation_runs import demanded_by_runs

        followed = demanded_by_runs(case, facts, mutmut)
        if followed is not None:
            judged = [replace(_of_mutmut(case, *followed), proven=True)]
    yield from judged
    for item in runs if not judged else ():
        unread = item not in mutmut and item not in rays
        yield _of_mutmut(case, item, None) if item in mutmut else Score(item, None, ray_sources(case), not unread)


def _is(item: Activity, tool: str) -> bool:
    return any(reading.tool == tool for reading in item.readings_of(("mutation",)))


def _judged(case: Case, item: Activity, mutmut: bool, rays: bool) -> Score | None:
    """What a command demands of the results of a mutation tool that ran before; None for other commands."""
    for reading in item.readings_of(("mutation",)):
        if reading.tool == "cr-rate" and rays:
            most = _number(next(iter(reading.options.get("--fail-over", ())), None))
            known = "--fail-over" not in reading.options or (most is not None and "--estimate" not in reading.options)
            return Score(item, 100 - most if most and known else None, ray_sources(case), known)
    if not mutmut or item.invocation is None:
        return None
    words = item.invocation.words
    if words[:1] == ("jq",) and any(STATS.rpartition("/")[2] in word for word in words):
        expression = next((match for word in words[1:] if (match := _JQ.match(word[:200])) is not None), None)
        short = [word for word in words if word[:1] == "-" and word[1:2] != "-"]
        strict = "--exit-status" in words or any("e" in word for word in short)
        if expression is None or not strict:
            return _of_mutmut(case, item, None, known=expression is not None)
        return _of_mutmut(case, item, float(expression[2]) * (1 if expression[1] else 100))
    start = started_by(case.project, words, item.invocation.directory)
    if start is not None and start.module.path not in case.toolbox.programs:
        answer, least = _least(case, item)
        return None if answer == "other" else _of_mutmut(case, item, least, known=answer == "known")
    if any(STATS.rpartition("/")[2] in word for word in words):
        return _of_mutmut(case, item, None, known=False)
    return None


def _least(case: Case, item: Activity) -> tuple[str, float | None]:
    """The lowest score, in percent, with which a script ends with success; None when it accepts every score.  Before
    it ``known``, ``other`` for a script that does not look at the results, ``lost`` for one that cannot be followed."""
    assert item.invocation is not None
    start = started_by(case.project, item.invocation.words, item.invocation.directory)
    assert start is not None

    def ends(killed: int) -> int | None:
        document = results(killed)
        files = _Files(case.project.documents, document)
        return run(case.code, files, start, {}, frozenset()).status if files else None

    files = _Files(case.project.documents, results(100))
    good = run(case.code, files, start, {}, frozenset())
    if not files.asked:
        return "other", None
    if good.status != 0:
        return ("lost" if good.status is None else "other"), None
    low, high = -1, 100
    while high - low > 1:
        middle = (low + high) // 2
        status = ends(middle)
        if status is None:
            return "lost", None
        low, high = (low, middle) if status == 0 else (middle, high)
    return "known", float(high) if high > 0 else None


class _Files(dict[str, Document]):
    """The files of the repository, with results of mutmut in their place.  ``asked``: somebody read the results."""

    def __init__(self, known: Mapping[str, Document], document: Document) -> None:
        super().__init__()
        self.known, self.document, self.asked = known, document, False

    def get(self, path: str, default: object = None) -> Document | None:  # type: ignore[override]
        if path == STATS or path.endswith("/" + STATS):
            self.asked = True
            return self.document
        return self.known.get(path)

    def __bool__(self) -> bool:
        return True


def results(killed: int) -> Document:
    """What mutmut writes when ``killed`` of 100 mutants were found by the tests."""
    span = Span(STATS, 1)
    numbers = {"killed": killed, "survived": 100 - killed, "total": 100, "no_tests": 0, "skipped": 0, "suspicious": 0,
               "timeout": 0, "check_was_interrupted_by_user": 0, "segfault": 0}  # fmt: skip
    values: dict[Key, Value] = {(): Value(None, span, len(numbers))}
    values |= {(name,): Value(number, span) for name, number in numbers.items()}
    return Document(STATS, span, values)


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text is not None and len(text) < 12 else None
    except ValueError:
        return None


# -- of which code -----------------------------------------------------------------------------


def _of_mutmut(case: Case, item: Activity, least: float | None, known: bool = True) -> Score:
    named = _settings(case, "source_paths") or _settings(case, "paths_to_mutate")
    folders = [one for one in ("lib", "src") if any(path.startswith(one + "/") for path in case.project.paths)]
    return Score(item, least, named or tuple(folders[:1]), known, _settings(case, "only_mutate"),
                 _settings(case, "do_not_mutate"))  # fmt: skip


def _settings(case: Case, name: str) -> tuple[str, ...]:
    """A list of ``[tool.mutmut]`` in pyproject.toml, or of ``[mutmut]`` in setup.cfg."""
    document = case.project.documents.get("pyproject.toml")
    if document is not None and any(key[:2] == ("tool", "mutmut") for key in document.values):
        return _texts(document, ("tool", "mutmut", name))
    source = case.project.files.get("setup.cfg")
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(source.text[:65_536] if source is not None else "")
    except (configparser.Error, ValueError):
        return ()
    return tuple(parser.get("mutmut", name, fallback="").replace(",", " ").split())


def _texts(document: Document, key: Key) -> tuple[str, ...]:
    keys = (key, *document.items(*key))
    return tuple(value.text for one in keys if (value := document.values.get(one)) is not None and value.text)


def ray_sources(case: Case) -> tuple[str, ...]:
    """What Cosmic Ray changes: ``module-path`` of its settings."""
    for path in case.project.paths:
        document = case.project.documents.get(path) if path.endswith(".toml") else None
        found = _texts(document, ("cosmic-ray", "module-path")) if document is not None else ()
        if found:
            return found
    return ()


def changes(score: Score, wanted: str) -> bool:
    """Whether the code at a path, a file or a folder, is changed."""
    inside = [one.rstrip("/").removeprefix("./") for one in score.sources]
    held = any(one in ("", ".") or wanted == one or wanted.startswith(one + "/") for one in inside)
    if not held or any(fnmatchcase(wanted, pattern) for pattern in score.left_out):
        return False
    return not score.only or any(fnmatchcase(wanted, one) or fnmatchcase(f"{wanted}/x.py", one) for one in score.only)
