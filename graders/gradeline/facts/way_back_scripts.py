"""A script that people start to go back to a version: does it take the version, stop at a problem, and wait?

Bash Reference Manual, "The Set Builtin" (-e, -u, -o pipefail).  The script is simulated with arguments whose values are
not known but can be told apart.
"""

from __future__ import annotations

from gradeline.facts.case import Case
from gradeline.facts.catalogue import program
from gradeline.facts.commands import Toolbox
from gradeline.facts.readings import Reading
from gradeline.facts.requests import CLIENTS
from gradeline.facts.script_shape import literal, tree, walk_deep
from gradeline.facts.shell_machine import run_script
from gradeline.facts.shell_records import Invocation, ScriptRun, Setting
from gradeline.facts.shell_state import shown
from gradeline.facts.traces import Source, Traces, plain
from gradeline.facts.worlds import explore
from gradeline.model.pipeline import Shell
from gradeline.model.project import Project
from gradeline.model.text import Text
from gradeline.result import Evidence, Verdict
from gradeline.syntax import shell_nodes as sh

_WORLDS = 16
_PLACES = frozenset({"-n", "--namespace", "--context", "--kube-context", "--kubeconfig", "--cluster", "--timeout"})
_VERSIONS = frozenset(("--to-revision", "--revision", "--image", "--image-tag", "--version", "-p", "--patch", "--set"))
_TAKING = frozenset({"checkout", "restore", "switch", "revert", "reset"})
_LOOKING = ("health-check", "test", "load-test")
_NEEDED = {"errexit": "-e", "nounset": "-u", "pipefail": "-o pipefail"}


def judge(case: Case, path: str) -> Verdict:
    project = case.project.around(path)
    script = project.scripts.get(path)
    if script is None:
        if case.project.has(path):
            return Verdict("cannot_tell", f"`{path}` is written in a language that is not read as a way back.")
        return Verdict("unmet", f"There is no `{path}`.")
    toolbox = Toolbox(project, case.toolbox.programs)
    # How many arguments it wants is its own affair, so it gets one, two and three.
    tried = [Script(project, toolbox, path, script.text, count) for count in (1, 2, 3)]
    verdicts = [one.verdict() for one in tried if one.restoring] or [tried[0].verdict()]
    return next((verdict for verdict in verdicts if verdict.status == "met"), verdicts[0])


class Script:
    """A script, started with ``count`` arguments that can be told apart."""

    def __init__(self, project: Project, toolbox: Toolbox, path: str, text: Text, count: int) -> None:
        self.project = project
        self.toolbox = toolbox
        self.path = path
        self.text = text
        self.head = text.at(0, 0) if text.raw else text.span
        self.traces = Traces()
        signs = [self.traces.sign(Source("argument", str(number))) for number in range(count)]
        self.given = {f"ARGUMENT_{number}": sign for number, sign in enumerate(signs)}
        self.restoring = self._restoring()

    def runs(self, failing: frozenset[str] = frozenset()) -> tuple[ScriptRun, ...]:
        words = " ".join(f'"${name}"' for name in self.given)
        start = Text(f"./{self.path} {words}", self.text.span)
        setting = Setting(
            self.project, self.given, {}, lambda _: None, failing.__contains__,
            self.toolbox.predicate, self.toolbox.follow,
        )  # fmt: skip
        shell = Shell("bash", errexit=False, pipefail=False)
        return explore(lambda oracle: run_script(start, shell, setting, oracle, "way back:"), _WORLDS).results

    def _readings(self, item: Invocation, classes: tuple[str, ...]) -> list[Reading]:
        return [one for one in self.toolbox.readings(item)
                if one.effect == "works" and set(classes) & one.classes]  # fmt: skip

    def verdict(self) -> Verdict:
        if not self.restoring:
            return self._nothing()
        chosen = [item for item in self.restoring if self._takes(item) or self._taken_out(item)]
        if not chosen:
            first = self.restoring[0]
            message = f"`{_shown(first)}` does not go to a version that somebody names."
            return Verdict("unmet", message, (Evidence(first.span, "problem", "no version is given to it"),))
        missing = self._lacks()
        if missing:
            message = f"The script goes on after some problems: it lacks {' and '.join(missing)}."
            return Verdict("unmet", message, (Evidence(self.head, "problem", f"without {', '.join(missing)}"),))
        for item in chosen:
            if any(not run.status for run in self.runs(frozenset({item.key})) if _reached(run, item)):
                message = f"When `{_shown(item)}` fails, the script ends as if all were well."
                return Verdict("unmet", message, (Evidence(item.span, "problem", "its failure is lost"),))
        return self._looked_at(chosen)

    def taken_back(self) -> Verdict:
        """Whether a commit that an argument names is taken back, and the result is sent."""
        from gradeline.facts.git_changes import reverting

        runs = self.runs()
        back = [item for run in runs for item in run.invocations if reverting(item.words)]
        if not back:
            cluster = self.restoring[0] if self.restoring else None
            if cluster is None:
                return self._nothing()
            message = f"`{_shown(cluster)}` changes the cluster and not Git, so the controller undoes it."
            return Verdict("unmet", message, (Evidence(cluster.span, "problem", "Git still says the other version"),))
        named = [item for item in back if any(map(self._given, item.words))]
        if not named:
            message = f"`{_shown(back[0])}` does not go to a commit that somebody names."
            return Verdict("unmet", message, (Evidence(back[0].span, "problem", "no commit is given to it"),))
        missing = self._lacks()
        if missing:
            message = f"The script goes on after some problems: it lacks {' and '.join(missing)}."
            return Verdict("unmet", message, (Evidence(self.head, "problem", f"without {', '.join(missing)}"),))
        for item in named:
            sent = [one for run in runs if _reached(run, item) for one in run.invocations if self._sends(one)]
            if not sent:
                message = f"What `{_shown(item)}` takes back stays on the machine of whoever starts the script."
                return Verdict("unmet", message, (Evidence(item.span, "problem", "is sent nowhere"),))
            if any(not run.status for run in self.runs(frozenset({item.key})) if _reached(run, item)):
                message = f"When `{_shown(item)}` fails, the script ends as if all were well."
                return Verdict("unmet", message, (Evidence(item.span, "problem", "its failure is lost"),))
        proofs = [Evidence(item.span, "proof", "takes back what is named") for item in named]
        return Verdict("met", "The script takes a commit back, and sends that.", tuple(dict.fromkeys(proofs)))

    def _sends(self, item: Invocation) -> bool:
        return bool(self._readings(item, ("commit",)))

    def _restoring(self) -> list[Invocation]:
        found: dict[str, Invocation] = {}
        for run in self.runs():
            for item in run.invocations:
                if self._readings(item, ("deploy", "rollback")):
                    found.setdefault(item.key, item)
        return list(found.values())

    def _takes(self, item: Invocation) -> bool:
        """Whether an argument of the script says which version, and not only where."""
        before = ""
        operands = 0
        for word in item.words[1:]:
            name, equals, value = word.partition("=")
            operands += not word.startswith("-") and before not in _PLACES
            if self._given(word) and before not in _PLACES and name not in _PLACES:
                if before in _VERSIONS or (equals and self._given(value)):
                    return True
                # The fourth word is the revision: `helm rollback RELEASE REVISION`, `argocd app rollback APP ID`.
                if self._readings(item, ("rollback",)) and operands > 2 and before not in _PLACES:
                    return True
            before = word
        return False

    def _given(self, text: str) -> bool:
        return any(source is not None and source.kind == "argument" for source in self.traces.roots(text))

    def _taken_out(self, item: Invocation) -> bool:
        """Whether the files that are applied were taken from a commit that an argument names."""
        return any(
            other.words[0] == "git" and set(other.words[1:3]) & _TAKING and any(map(self._given, other.words))
            for run in self.runs() if _reached(run, item) for other in run.invocations
        )  # fmt: skip

    def _nothing(self) -> Verdict:
        if any(run.cut or any(item.opaque for item in run.invocations) for run in self.runs()):
            return Verdict("cannot_tell", f"What `{self.path}` does cannot be seen to its end.", (
                Evidence(self.head, "problem", "leads somewhere else"),))  # fmt: skip
        message = f"`{self.path}` brings nothing back."
        return Verdict("unmet", message, (Evidence(self.head, "problem", "no command that brings a version back"),))

    def _lacks(self) -> list[str]:
        """The options that the script does not set for itself."""
        on: set[str] = set()
        first, _, _ = self.text.raw.partition("\n")
        if first.startswith("#!"):
            for word in first.split()[1:]:
                on |= _letters(word) if word.startswith("-") else set()
        for node in walk_deep(tree(self.text.raw)):
            if isinstance(node, sh.Simple) and node.words and literal(node.words[0]) == "set":
                words = [literal(word) or "" for word in node.words[1:]]
                for number, word in enumerate(words):
                    if word.startswith("-"):
                        on |= _letters(word)
                    elif number and words[number - 1].endswith("o") and words[number - 1].startswith("-"):
                        on.add(word)
                    elif word.startswith("+"):
                        on -= _letters(word)
        return [shown for name, shown in _NEEDED.items() if name not in on]

    def _looked_at(self, chosen: list[Invocation]) -> Verdict:
        for run in self.runs():
            places = {item.key: number for number, item in enumerate(run.invocations)}
            done = [places[item.key] for item in chosen if item.key in places]
            if run.status or not done:
                continue
            looks = [item for item in run.invocations[max(done) :] if self._looks(item)]
            if not looks:
                message = f"Nothing waits for what `{_shown(chosen[0])}` brings back, or asks it."
                return Verdict("unmet", message, (Evidence(chosen[0].span, "problem", "is never looked at"),))
        proofs = [Evidence(item.span, "proof", "goes to the version that is given") for item in chosen]
        return Verdict("met", "The script goes back to the version that it is given, and looks at it.", tuple(proofs))

    def _looks(self, item: Invocation) -> bool:
        if self._readings(item, _LOOKING) or program(item.words[0]) in CLIENTS:
            return True
        return any({"--wait", "--atomic", "--rollback-on-failure"} & one.options.keys()
                   for one in self._readings(item, ("deploy", "rollback")))  # fmt: skip


def _letters(word: str) -> set[str]:
    found = {"errexit"} if "e" in word else set()
    return found | ({"nounset"} if "u" in word else set())


def _reached(run: ScriptRun, item: Invocation) -> bool:
    return any(other.key == item.key for other in run.invocations)


def _shown(item: Invocation) -> str:
    return shown(plain(" ".join(item.words)))

