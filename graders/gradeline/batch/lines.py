"""A line of ``results.jsonl``.

What a learner's bytes are worth does not depend on whose they are, so a result is kept *sealed*: as text with a gap
where the name of the submission belongs.  A line is made of it without reading it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gradeline.batch.layout import Place

GRADED = '{"status": "graded"'
_NONE = '"reason": "", "message": ""'
_GAP = "\x00the name of the submission\x00"


def failed(answer: Mapping[str, Any]) -> bool:
    """Whether an engine's answer is no result to keep: none at all, or one in which a check or a tool failed."""
    result = answer.get("result")
    return not isinstance(result, dict) or any(one["status"] == "error" for one in result["criteria"])


def seal(result: Any) -> tuple[str, str]:
    """A result as text before and after the name of the submission."""
    rest = {name: value for name, value in result.items() if name != "submission"}
    whole = {"submission": {"id": _GAP, "digest": result["submission"]["digest"]}, **rest}  # the gap comes first
    before, _, after = json.dumps(whole, ensure_ascii=True).partition(json.dumps(_GAP))
    return before, after


def line_of(place: Place, work: str, sealed: tuple[str, str]) -> str:
    """The line of a submission that was graded; ``work`` is the digest of its bytes."""
    before, after = sealed
    return f'{GRADED}, {_head(place, work)}, {_NONE}, "result": {before}{_text(place.title)}{after}}}\n'


def error_line(place: Place, work: str, answer: Mapping[str, Any]) -> str:
    """The line of a submission that wants a person: nothing could be graded, or a part failed."""
    result = answer.get("result")
    if isinstance(result, dict):
        before, after = seal(result)
        rest = f'{_NONE}, "result": {before}{_text(place.title)}{after}'
    else:
        said = f'"reason": {_text(answer["error"])}, "message": {_text(answer["message"])}'
        rest = f'{said}, "result": null'
    return f'{{"status": "error", {_head(place, work)}, {rest}}}\n'


def _head(place: Place, work: str) -> str:
    said = {"learner": place.learner, "exercise": place.exercise, "folder": place.folder, "digest": work}
    more = {"name": place.name, "email": place.email, "lms_id": place.lms_id, "submitted": place.submitted}
    said.update((key, value) for key, value in more.items() if value)
    return json.dumps(said, ensure_ascii=True)[1:-1]


def _text(value: object) -> str:
    return json.dumps(str(value), ensure_ascii=True)
