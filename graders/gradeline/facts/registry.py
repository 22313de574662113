"""What a pipeline does with registered models: moving an alias, moving a stage, training or copying again.

MLflow documentation, "MLflow Model Registry" (aliases; stages are deprecated since 2.9), "REST API" (Set
Registered Model Alias), ``mlflow.client`` (set_registered_model_alias, copy_model_version).  The calls of the
repository's own Python files are read, never run.
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.facts.activities import Activity
from gradeline.facts.case import PipelineFacts
from gradeline.facts.catalogue import program
from gradeline.facts.requests import request_of
from gradeline.facts.shell_records import join_path
from gradeline.facts.shell_state import HIDDEN
from gradeline.records import record
from gradeline.source import Span
from gradeline.syntax.python_calls import PythonCall, python_calls

_MOVES = frozenset({"set_registered_model_alias", "copy_model_version"})
_STAGES = frozenset({"transition_model_version_stage"})
_TRAINS = frozenset({"fit", "fit_transform", "partial_fit", "fit_predict"})
_COPIES = frozenset({"copy", "copy2", "copyfile", "copytree", "upload_file", "upload_fileobj", "upload_blob"})
_DELETES = frozenset({"delete_model_version", "delete_registered_model"})
_ALIASES = "/registered-models/alias"
_OLD_STAGES = "/model-versions/transition-stage"
_OPTIONS = ("--alias", "--to", "--to-alias", "--target-alias", "-a")


@record
class Move:
    """One activity that moves what an alias or a stage names.  ``alias`` None: it cannot be seen."""

    item: Activity
    alias: str | None
    stage: Span | None = None
    trains: Span | None = None
    copies: Span | None = None
    deletes: Span | None = None


def moves(facts: PipelineFacts) -> Iterator[Move]:
    """Everything live that moves an alias or a stage."""
    for item in facts.activities:
        path = script_of(facts, item)
        told = path is None or path in facts.toolbox.programs  # what own files do is read from their calls
        if told and any(reading.effect == "works" for reading in item.readings_of(("promote",))):
            yield Move(item, _given(item))
            continue
        asked = _by_request(facts, item)
        if asked is not None:
            yield asked
            continue
        found = calls_of(facts, item)
        if found is None:
            continue
        path, calls = found
        moving = [call for call in calls if call.last in _MOVES]
        staging = [call for call in calls if call.last in _STAGES]
        if moving or staging:
            known = [call.text("alias", 1) for call in moving if call.last == "set_registered_model_alias"]
            alias = next((name for name in known if name is not None), None)
            yield Move(
                item, alias if alias is not None else _given(item), _first(path, calls, _STAGES),
                _first(path, calls, _TRAINS), _first(path, calls, _COPIES), _first(path, calls, _DELETES),
            )  # fmt: skip


def _by_request(facts: PipelineFacts, item: Activity) -> Move | None:
    """A move through the registry's own interface: a request with data to its address for aliases or stages."""
    request = request_of(facts, item)
    if request is None or item.invocation is None or not _sends(item.invocation.words):
        return None
    if any(url.endswith(_ALIASES) for url in request.urls):
        return Move(item, None)
    return Move(item, None, item.span) if any(url.endswith(_OLD_STAGES) for url in request.urls) else None


def _sends(words: tuple[str, ...]) -> bool:
    return any(word.startswith(("--data", "--json", "-d", "--body-data", "--post-data")) for word in words) or (
        "POST" in words or "-XPOST" in words or "--request=POST" in words
    )


def calls_of(facts: PipelineFacts, item: Activity) -> tuple[str, tuple[PythonCall, ...]] | None:
    """The calls of the Python file that a command starts; None for other commands and for files that are not here."""
    path = script_of(facts, item)
    source = facts.project.files.get(path) if path else None
    calls = python_calls(source.text) if source is not None else None
    return (path, calls) if path is not None and calls is not None else None


def script_of(facts: PipelineFacts, item: Activity) -> str | None:
    """The Python file of the repository that a command starts, whether it is here or not."""
    if item.invocation is None or program(item.invocation.words[0]) != "python":
        return None
    words = item.invocation.words
    for number, word in enumerate(words[1:], start=1):
        if word == "-m" and number + 1 < len(words):
            inner = words[number + 1].replace(".", "/")
            places = [base + inner + end for base in ("", "src/") for end in (".py", "/__main__.py")]
            return next((path for path in places if facts.project.has(path)), None)
        if word in ("-c", "-"):
            return None
        if not word.startswith("-"):
            return None if HIDDEN in word else join_path(item.invocation.directory, word)
    return None


def _first(path: str, calls: tuple[PythonCall, ...], names: frozenset[str]) -> Span | None:
    call = next((call for call in calls if call.last in names), None)
    return None if call is None else Span(path, call.line, call.column)


def _given(item: Activity) -> str | None:
    """The alias that the words of a command give; the last one, as the move is to it."""
    words = item.invocation.words if item.invocation is not None else ()
    found: str | None = None
    for number, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in _OPTIONS:
            found = value if equals else (words[number + 1] if number + 1 < len(words) else "")
    return None if found is None or HIDDEN in found else found
