"""Steps that run beside others, written so that the order of the model tells the truth.

GitHub Docs, "Workflow syntax", jobs.<job_id>.steps[*].background, wait, wait-all, cancel and parallel: a
step in the background starts where it stands, and its failure fails the job only at the ``wait`` that
names it, or at the end of the job.  So such a step stays in its place with its failure tolerated, and
a step is added where its result counts.
"""

from __future__ import annotations

from gradeline.model.effects import FailsUnless
from gradeline.model.expression import Constant, Expression, Operation, Status, StepResult
from gradeline.model.pipeline import Step
from gradeline.records import field, record, replace
from gradeline.source import Span


@record(frozen=False)
class Running:
    """The background steps that no ``wait`` has named so far, with their own ``continue-on-error``."""

    steps: dict[str, Expression | None] = field(default_factory=dict)

    def start(self, step: Step) -> Step:
        """``step`` as a background step."""
        self.steps[step.id] = step.tolerate
        return replace(step, tolerate=Constant(True, step.span))

    def cancel(self, step_id: str) -> None:
        """A step that was ended on purpose does not fail the job."""
        self.steps.pop(step_id, None)

    def wait(self, names: list[str] | None, step_id: str, span: Span, tolerate: Expression | None) -> Step:
        """The step where the results of the named ones (None: of all) count.  It always runs."""
        ended = [name for name in self.steps if names is None or name in names]
        tests = tuple(
            test for name in ended if (test := _passed(name, self.steps.pop(name), span)) is not None
        )
        condition: Expression = Constant(True, span)
        if tests:
            condition = tests[0] if len(tests) == 1 else Operation("and", tests, span)
        return Step(
            step_id,
            "wait for background steps",
            span,
            "use",
            condition=Status("always", span),
            implicit_success=False,
            tolerate=tolerate,
            effects=(FailsUnless(span, condition),),
        )


def _passed(step_id: str, tolerate: Expression | None, span: Span) -> Expression | None:
    if isinstance(tolerate, Constant) and tolerate.value is True:
        return None
    failed = Operation("==", (StepResult(step_id, span), Constant("failure", span)), span)
    passed = Operation("not", (failed,), span)
    return passed if tolerate is None else Operation("or", (tolerate, passed), span)
