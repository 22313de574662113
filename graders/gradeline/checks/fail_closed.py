"""A program that changes what others use stops when something that it needs is missing, and says so.

What it looks for
    Programs of the repository that register or promote a model.  The grader follows each of them until it has done its
    work, and then again with one thing missing at a time: an answer of the registry, a number, an argument, a
    variable.  Each time it has to end with a failure.  What a program does when it is started stands behind the
    question for its own name, so that tests can import it.

What does not count
    An error that is caught and forgotten, a number that is taken for zero, an argument nobody asks for and that then
    is empty, a request whose answer nobody looks at, and a program that works as soon as it is imported.

How to repair
    Let errors end the program, say which arguments it cannot do without, and look at what comes back.

Parameters
    ``files``: programs of which each has to be there and do such work; without them, all that do.
"""

from __future__ import annotations

from gradeline.checks.contract import WORDS, Check, listed
from gradeline.facts.case import Case
from gradeline.result import Verdict

CHECK = Check(code="B8", family="bounds", params={"files": WORDS}, reads=("scripts",))


def run(case: Case, files: str | list[str] | None = None, pipelines: list[str] | None = None) -> Verdict:
    from gradeline.checks.support.failing import closed
    from gradeline.facts.registry_scripts import registrars

    return closed(registrars(case, pipelines), listed(files))
