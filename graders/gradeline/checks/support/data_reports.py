"""Numbers and plots of a data pipeline: what ``report`` asks of stages, which publish nothing but keep their files."""

from __future__ import annotations

from gradeline.checks.support.explain import absent
from gradeline.facts.activities import Activity
from gradeline.facts.case import Case, PipelineFacts
from gradeline.facts.git_files import kept
from gradeline.facts.step_memory import stage_of
from gradeline.model.data import Product
from gradeline.records import replace
from gradeline.result import Evidence, Verdict

_NUMBERS = (".json", ".yaml", ".yml", ".toml")


def stage_report(case: Case, chosen: tuple[PipelineFacts, ...], by: tuple[str, ...], plots: int) -> Verdict:
    """Whether the stage that does ``by`` declares its numbers so that Git can compare them, and enough plots."""
    found = [(facts, item) for facts in chosen for item in facts.doing(*by)]
    if not found:
        return absent(chosen, by)
    verdicts = [_metrics(case, facts, item) for facts, item in found]
    best = next((one for one in verdicts if one.status == "met"), verdicts[0])
    if best.status != "met":
        return best
    shown = _plots(case, chosen)
    if len(shown) < plots:
        message = f"The pipeline declares {len(shown)} plots that a stage makes, and {plots} are needed."
        return Verdict("unmet", message, (Evidence(found[0][1].span, "problem", "makes no plot that is declared"),))
    return Verdict("met", "Each change shows its numbers, and a plot.", (*best.evidence, *shown))


def _metrics(case: Case, facts: PipelineFacts, item: Activity) -> Verdict:
    stage = stage_of(facts, item.unit)
    products = stage.products if stage is not None else ()
    # DVC documentation, "dvc.yaml", metrics: a list beside the stages names files that stages make.
    listed = [report.path for report in case.data.reports if report.kind == "metrics"]
    mine = [replace(product, path=path) for product in products for path in listed if _makes(product, path)]
    mine += [product for product in products if product.kind == "metrics"]
    if not mine:
        numbers = (product.span for product in products if product.path.endswith(_NUMBERS))
        place = next(numbers, item.span)
        message = f"The stage that runs `{item.text}` declares no file with metrics."
        return Verdict("unmet", message, (Evidence(place, "problem", "is not declared as metrics"),))
    for product in mine:
        hidden = _hidden(case, product)
        if hidden is None:
            return Verdict("met", "", (Evidence(product.span, "proof", "metrics that Git can compare"),))
    return Verdict("unmet", f"Nobody sees how `{mine[0].path}` changed: {_hidden(case, mine[0])}.", (
        Evidence(mine[0].span, "problem", str(_hidden(case, mine[0]))),))  # fmt: skip


def _makes(product: Product, path: str) -> bool:
    return product.kind == "file" and (path == product.path or path.startswith(f"{product.path.rstrip('/')}/"))


def _hidden(case: Case, product: Product) -> str | None:
    if product.external:
        return "it lies outside of the repository"
    if product.cached:
        return "it is kept outside of Git"
    return "Git is told to ignore it" if kept(case.project.repository.ignores, product.path).out else None


def _plots(case: Case, chosen: tuple[PipelineFacts, ...]) -> list[Evidence]:
    files = {facts.pipeline.path for facts in chosen}
    data = case.data
    found = [
        Evidence(product.span, "proof", "a plot")
        for stage in data.stages
        if stage.file in files
        for product in stage.products
        if product.kind == "plots"
    ]
    found += [
        Evidence(report.span, "proof", "a plot")
        for report in data.reports
        if report.kind == "plots" and data.producer(report.path) is not None
    ]
    return found
