"""What kind of test a test is, by what it does.

What a test may be is decided by its structure; which of these it is, by the folder or the marker it stands under, and
without those by the most telling thing it does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from fnmatch import fnmatchcase

from gradeline.facts.tests_claims import Claim
from gradeline.facts.tests_code import CodeUnderTest
from gradeline.facts.tests_flow import Called, Story, Walk
from gradeline.facts.tests_suite import Suite, TestCase
from gradeline.facts.tests_values import small
from gradeline.model.project import Project
from gradeline.records import record

KINDS = ("unit", "data", "model", "integration", "behavioural", "performance")


@record
class Test:
    """A test with what it does.  ``may_be`` are the kinds its structure allows, ``kind`` is the one it is, empty when
    it touches nothing of the repository."""

    case: TestCase
    story: Story
    may_be: frozenset[str]
    kind: str

    @property
    def proofs(self) -> tuple[Claim, ...]:
        """Its claims that may fail and are about the code under test, its data or its model."""
        return tuple(claim for claim in self.story.claims if not claim.problem)

    @property
    def off(self) -> str:
        return self.case.off or ("it always skips itself" if self.story.skipped is not None else "")

    @property
    def edges(self) -> int:
        """How many of its cases give the code under test an empty, missing or boundary value."""
        if not any("edge" in one.given for one in self.story.called):
            return 0
        return max(1, sum(1 for values in self.case.values if any(_edge(one) for one in values.values())))


def may_fail(test: Test) -> bool:
    """Whether a test claims something that may be false, or starts a program that may fail."""
    if test.off:
        return False
    return "run" in test.story.labels or any(not claim.empty for claim in test.story.claims)


class Tests:
    """The tests of a repository, each looked into once.  ``of``: the paths of the code under test."""

    def __init__(self, project: Project) -> None:
        self.suite = Suite(project)
        self._known: dict[tuple[str, ...], tuple[Test, ...]] = {}

    def about(self, of: Iterable[str] = (), files: Iterable[str] = ()) -> tuple[Test, ...]:
        """The tests in files that match ``files`` (all without any), seen as tests of the code in ``of``."""
        key = tuple(of)
        if key not in self._known:
            under = CodeUnderTest(self.suite.code, key)
            self._known[key] = tuple(_test(self.suite, under, case) for case in self.suite.tests)
        wanted = tuple(files) or ("*",)
        return tuple(one for one in self._known[key] if any(fnmatchcase(one.case.path, pattern) for pattern in wanted))


def _test(suite: Suite, under: CodeUnderTest, case: TestCase) -> Test:
    story = Walk(suite, under, case).run()
    may_be = frozenset(_may_be(story))
    layer = case.layer
    kind = layer if layer in may_be else next((one for one in _TELLING if one in may_be), "")
    return Test(case, story, may_be, kind)


_TELLING = ("performance", "integration", "model", "data", "unit", "behavioural")


def _may_be(story: Story) -> Iterable[str]:
    labels = story.labels
    outside = labels & {"http", "run"}
    if "time" in labels and (labels & {"code", "http", "model"}):
        yield "performance"
    if outside or _whole_way(story):
        yield "integration"
    if outside:
        return
    if "model" in labels and labels & {"code", "predicted", "metric"}:
        yield "model"
        if "predicted" in labels:
            yield "behavioural"
    if "data" in labels:
        yield "data"
    elif story.called:
        yield "unit"


def _whole_way(story: Story) -> bool:
    """Whether data goes from a file through training to a prediction, on not too many rows."""
    read = any("reads" in one.does and (_given(one) or "fits" in one.does) for one in story.called) or (
        "data" in story.labels
    )
    way = {"model", "predicted"} <= story.labels
    return read and way and "trained-on-all" not in story.labels


def lacks_of_whole_way(test: Test) -> str:
    """What a test lacks that has to train on not too many rows, itself or with the program, and to ask the model or
    its service; empty when it lacks nothing."""
    labels = test.story.labels
    if {"trained-on-all", "told-all"} & labels:
        return "it trains on all of the data"
    if "model" not in labels:
        return "it trains no model"
    if "predicted" not in labels and not {"http", "body"} <= labels:
        return "it asks for no prediction"
    return "" if test.proofs else "it says nothing that can fail"


def _given(one: Called) -> bool:
    return "tmp" in one.given or "data" in one.given


def _edge(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return node.value is None or node.value == "" or small(node.value)
    if isinstance(node, ast.List | ast.Tuple | ast.Set | ast.Dict):
        inner = node.values if isinstance(node, ast.Dict) else node.elts
        return not inner or any(_edge(one) for one in inner)
    if isinstance(node, ast.UnaryOp):
        return True
    if isinstance(node, ast.Attribute):
        return node.attr in ("nan", "NaN", "NA", "NaT", "inf")
    if isinstance(node, ast.Call):
        if not node.args and not node.keywords:
            return True
        return any(_edge(one) or (isinstance(one, ast.Constant) and one.value in ("nan", "inf")) for one in node.args)
    return False
