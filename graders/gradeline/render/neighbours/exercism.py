"""Exercism's ``analysis.json`` (exercism/docs, building/tooling/analyzers/interface).

A comment is a key of the website's own copy and parameters for it.  The copy is Markdown, so parameters are made
harmless for it.  Exercism knows no points: the score stands in the summary.
"""

from __future__ import annotations

from gradeline.render.findings import STATUS_WORDS, score_line
from gradeline.render.json import dumped
from gradeline.render.markdown_text import code, prose
from gradeline.render.neighbours.common import problem_span
from gradeline.result import CriterionResult, Report


def render(report: Report) -> str:
    comments = [_comment(report, one) for one in report.criteria if one.status != "met"]
    # The website shows the first comments first: what withholds the pass, then what costs points.
    comments.sort(key=lambda one: ("essential", "actionable", "informative").index(str(one["type"])))
    if not comments:
        comments = [{"comment": "gradeline.general.all_met", "params": {}, "type": "celebratory"}]
    return dumped({"summary": score_line(report), "comments": comments})


def _comment(report: Report, result: CriterionResult) -> dict[str, object]:
    if result.status in ("unmet", "partial"):
        kind = "essential" if result.id in report.lost_critical else "actionable"
    else:
        kind = "informative"
    params = {
        "title": prose(result.title),
        "status": STATUS_WORDS[result.status],
        "message": prose(result.message),
        "why": prose(result.why),
        "hint": prose(result.hint),
    }
    span = problem_span(result)
    params["place"] = code(f"{span.path}:{span.line}") if span is not None else ""
    return {"comment": f"gradeline.{report.exercise}.{result.id}", "params": params, "type": kind}
