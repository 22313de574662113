"""What a script that asks a service makes of its answers: it is followed with a good service and with bad ones."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from gradeline.facts.gate_experiment import Run, Start, run
from gradeline.facts.readings import Reading
from gradeline.facts.selection import select_tests
from gradeline.facts.service_world import ADDRESS, VERSION, Asked, Endless, Service, World
from gradeline.facts.tests_marks import marks_of, off_reason
from gradeline.model.code import Codebase, Module
from gradeline.model.document import Document
from gradeline.model.project import Project
from gradeline.records import record, replace
from gradeline.source import Span

MAX_TESTS = 30
OTHER_VERSION = "another-one"


@record
class Trial:
    """``run`` is how the script ended, None when it would go on asking; ``asked`` are its requests."""

    run: Run | None
    asked: tuple[Asked, ...]
    given: frozenset[str]
    alarmed: bool = False  # an alarm ends it, whatever it waits for
    unknown: tuple[tuple[Span, str], ...] = ()  # what libraries did of which nobody knows what they judged

    @property
    def accepted(self) -> bool:
        return self.run is not None and self.run.status == 0

    @property
    def lost(self) -> tuple[Span, str] | None:
        return self.run.lost if self.run is not None else None


class Asker:
    """A script that asks a service.  ``answer`` is what the service says about a right customer: the name of each
    field and a good value, ``valid`` the fields of a customer; ``version`` is the field with the version.  ``others``
    are started besides, as the other tests of a suite."""

    def __init__(
        self, code: Codebase, documents: Mapping[str, Document], start: Start, valid: Mapping[str, object],
        answer: Mapping[str, float | str], version: str, path: str, others: tuple[Start, ...] = (),
    ) -> None:  # fmt: skip
        self.code = code
        self.documents = documents
        self.start = start
        self.valid = valid
        self.answer = answer
        self.version = version
        self.path = path
        self.expected = VERSION
        self.others = others

    def tried(self, service: Service) -> Trial:
        trials: list[Trial] = []
        for one in (self.start, *self.others):
            world = World(service, self.valid, self.path, self.expected)
            given = tuple(self._words(world)) if one.arguments is not None else None
            start = replace(one, arguments=given)
            try:
                found: Run | None = run(self.code, self.documents, start, {}, exact=True, service=world)
            except Endless:
                found = None
            trials.append(Trial(found, tuple(world.asked), frozenset(world.given), world.alarms or world.bounded,
                                tuple(world.unknown)))  # fmt: skip
        # Each of several tests has to go well.
        bad = next((one for one in trials if not one.accepted), trials[-1])
        asked = tuple(request for one in trials for request in one.asked)
        given_ = frozenset(word for one in trials for word in one.given)
        return Trial(bad.run, asked, given_, all(one.alarmed for one in trials),
                     tuple(one for trial in trials for one in trial.unknown))  # fmt: skip

    def _words(self, world: World) -> Iterator[str]:
        """The words behind the script; one that is not known is an address or a version, by the option before it."""
        before = ""
        addressed = False
        for number, word in enumerate(self.start.arguments or ()):
            if word is not None:
                if not word.startswith("-"):
                    world.given.add(word)
                    addressed = addressed or "://" in word
                elif "=" in word:
                    world.given.add(word.partition("=")[2])
                    addressed = addressed or "://" in word
                yield word
                before = word
                continue
            names = before.lower()
            told = before.startswith("-") and any(one in names for one in ("url", "host", "address", "base", "target"))
            plain = (number == 0 or not before.startswith("-")) and not addressed
            if told or plain:
                addressed = True
                world.given.add(ADDRESS)
                yield ADDRESS
            else:
                yield self.expected
            before = ""

    def good(self) -> Trial:
        """The trial with a service that does everything right, and the version that the script waits for."""
        first: Trial | None = None
        for version in self._versions():
            self.expected = version
            found = self.tried(self.right())
            if found.accepted:
                return found
            first = first or found
        self.expected = VERSION
        assert first is not None
        return first

    def _versions(self) -> Iterator[str]:
        yield VERSION
        for word in self.start.arguments or ():
            if word is not None and not word.startswith("--"):
                yield word
            elif word is not None and "=" in word:
                yield word.partition("=")[2]
        for document in self.documents.values():
            for key, value in document.values.items():
                if key and "version" in str(key[-1]).lower() and value.size is None and value.text:
                    yield value.text

    def right(self) -> Service:
        return Service(body={**self.answer, self.version: self.expected})

    def bad(self) -> Iterator[tuple[str, str, Service]]:
        """What can be wrong with a service: the part that has to notice, in words, and the service."""
        right = self.right()
        yield "alive", "nobody answers", replace(right, alive=False, seconds=5.0)
        yield "ready", "the service never gets ready", replace(right, ready=503, seconds=5.0)
        yield "status", "each prediction is an error", replace(right, predict=500)
        yield "refused", "nonsense is answered like a customer", replace(right, lenient=True)
        for name, value in self.answer.items():
            less = {key: one for key, one in right.body.items() if key != name}
            yield "schema", f"the answer has no `{name}`", replace(right, body=less)
            if isinstance(value, float):
                for wrong in (7.0, -0.5):
                    yield "range", f"`{name}` is {wrong:g}", replace(right, body={**right.body, name: wrong})
        other = {**right.body, self.version: OTHER_VERSION}
        yield "version", "another version of the model answers", replace(right, body=other)
        yield "latency", "each prediction takes 4 seconds", replace(right, seconds=4.0)


def foreign(good: Trial) -> Asked | None:
    """The first request whose address was not given to the script; None when there is none."""
    for one in good.asked:
        if not any(_host(word) and _host(word) in one.url for word in good.given):
            return one
    return None


def _host(word: str) -> str:
    return word.partition("://")[2].partition("/")[0] if "://" in word else word if "." in word or ":" in word else ""



_ASKING = ("requests", "httpx", "urllib")  # ``import urllib.request`` binds the name of the package
_OTHER_CLIENTS = ("http.client", "http", "aiohttp", "urllib3", "pycurl", "grpc")
_CLIENTS = (*_ASKING, *_OTHER_CLIENTS)
# Paths by which a service tells how it is, and those by which a model is asked.
_OWN_PATHS = ("/healthz", "/health", "/livez", "/readyz", "/ready", "/ping", "/predict", "/invocations", "/score")


def asking_tests(project: Project, reading: Reading, directory: str) -> tuple[Start, ...]:
    """The tests that a command of pytest runs, as far as their files ask a service."""
    found: list[Start] = []
    for test in project.tests:
        if len(found) < MAX_TESTS and select_tests(reading, [test], default=project.settings.pytest_paths,
                                                  directory=directory) != 0:  # fmt: skip
            module = project.code.modules.get(test.path)
            if module is not None and _asks(project.code, module) and not _is_off(module, test.name):
                found.append(Start(module, None, directory, test.name))
    return tuple(found)


def _is_off(module: Module, name: str) -> bool:
    """Whether a test never runs, or nobody sees when it fails."""
    *classes, last = name.split("::")
    body, owners = module.tree.body, list[ast.ClassDef]()
    for one in classes:
        owner = next((node for node in body if isinstance(node, ast.ClassDef) and node.name == one), None)
        if owner is None:
            return False
        owners.append(owner)
        body = owner.body
    found = next((node for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                  and node.name == last), None)  # fmt: skip
    return found is not None and bool(off_reason(module, marks_of(module, found, tuple(owners)), 1))


def _asks(code: Codebase, module: Module) -> bool:
    folder, modules = module.folder, [module]
    while (found := code.modules.get(f"{folder}/conftest.py".lstrip("/"))) is not None:
        modules.append(found)
        if not folder:
            break
        folder = folder.rpartition("/")[0]
    return any(name.startswith(_ASKING) for one in modules for name in one.imports.values())


def is_health_check(project: Project, words: tuple[str, ...], directory: str) -> bool | None:
    """Whether a command starts a script that asks a service how it is, and that fails when nobody answers; None for a
    script that names such a path and cannot be followed."""
    from gradeline.facts.gate_scripts import started_by

    start = started_by(project, words, directory)
    if start is None or not any(name.startswith(_CLIENTS) for name in start.module.imports.values()):
        return False
    asker = Asker(project.code, project.documents, start, {}, {}, "version", "/predict")
    dead = asker.tried(Service(alive=False, seconds=5.0))
    if any(one.path.endswith(_OWN_PATHS) for one in dead.asked) and dead.lost is None:
        return dead.run is None or bool(dead.run.status)
    foreign = any(name.startswith(_OTHER_CLIENTS) for name in start.module.imports.values())
    if not dead.asked and not foreign and dead.lost is None:
        return False
    return None if _names_a_path(start.module) else False


def _names_a_path(module: Module) -> bool:
    texts = (node.value for node in ast.walk(module.tree) if isinstance(node, ast.Constant))
    return any(isinstance(one, str) and one.rstrip("/").endswith(_OWN_PATHS) for one in texts)
