"""The bridge between the simulated shell and what is known about tools.

``follow`` tells the shell where a command leads (a wrapper's inner command, a script, a recipe), and
``readings`` tells the checks what a command does once nothing is left to follow.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from gradeline.facts import tools
from gradeline.facts.downloads import downloaded, tool_at
from gradeline.facts.kept import Exported
from gradeline.facts.programs import Program, reading_of
from gradeline.facts.readings import QUESTION, InstallReading, Reading, Unwrapped
from gradeline.facts.shell_records import Follow, Invocation, join_path
from gradeline.facts.shell_state import HIDDEN
from gradeline.model.image import Command
from gradeline.model.pipeline import Step, Use
from gradeline.model.project import Project, recipe_key
from gradeline.model.text import Text
from gradeline.records import record, replace

if TYPE_CHECKING:
    from gradeline.facts.activities import Activity

Words = tuple[str | None, ...]
Environment = Mapping[str, str | None]

# Programs that a script asks for an answer; everything else is run for its work and assumed to succeed.
_ASKING = frozenset(
    {
        "grep",
        "egrep",
        "fgrep",
        "rg",
        "command",
        "type",
        "which",
        "hash",
        "diff",
        "cmp",
        "jq",
        "yq",
        "pgrep",
        "id",
        "nc",
        "curl",
        "wget",
        "ls",
        "find",
        "stat",
        "expr",
        "getent",
        "dpkg",
        "rpm",
        "kubectl",
        "helm",
        "docker",
        "gh",
        "git",
        "aws",
        "gcloud",
        "az",
        "systemctl",
        "ping",
        "nslookup",
        "host",
        "python",
        "python3",
        "node",
    }
)
_SHELLS = ("bash", "sh", "dash", "ksh", "zsh", "")


@record
class Coverage:
    """Whether an activity works on a path: True, False, or None when that cannot be told."""

    holds: bool | None
    reason: str = ""


@record
class Container:
    """The image in which a wrapper runs a command: ``docker run IMAGE command``.  ``service``: the service of a compose
    file in which it runs.  ``mounts``: what is mounted into it, as written (``./tests:/work``).  ``ends``: it is
    removed when the command ends.  ``accelerators``: it may use those of the machine."""

    image: str
    service: str = ""
    mounts: tuple[str, ...] = ()
    ends: bool = False
    accelerators: bool = False


def _container(unwrapped: Unwrapped, words: Words) -> Container | None:
    if not unwrapped.image and not unwrapped.service:
        return None
    mounts = [
        (value if equals else after) or ""
        for word, after in zip(words, (*words[1:], ""), strict=True)
        for name, equals, value in [(word or "").partition("=")]
        if name in ("-v", "--volume", "--mount")
    ]
    names = {(word or "").partition("=")[0] for word in words}
    return Container(
        unwrapped.image or "", unwrapped.service or "", tuple(mounts), "--rm" in names, "--gpus" in names
    )


def _proved(name: str, kind: str, proved: bool | None) -> Reading:
    """What a script of the repository is; not proved is not known."""
    reason = "" if proved else "what it does cannot be followed"
    return Reading(name, frozenset({kind}), "works" if proved else "unknown", reason)


def _split_text(text: str) -> Words:
    try:
        return tuple(shlex.split(text))
    except ValueError:
        return tuple(text.split())


class Toolbox:
    """Answers about commands in one repository; remembers what it has classified.

    ``placed`` tells which path of the repository a command means by a path, where commands run elsewhere;
    ``scripts`` are those of its pipelines.
    """

    def __init__(
        self,
        project: Project,
        programs: Mapping[str, Program] | None = None,
        placed: Callable[[Activity, str], str] | None = None,
        scripts: Callable[[], Iterable[str]] | None = None,
    ) -> None:
        self.project = project
        self.placed = placed
        self._texts = scripts
        self.programs = programs or {}
        self._environments: dict[int, Exported] = {}
        self._programs: dict[tuple[Words, str], Reading | None] = {}
        self._readings: dict[object, tuple[Reading, ...]] = {}
        self._known: dict[int, tuple[Invocation, tuple[Reading, ...]]] = {}
        self._installs: dict[int, tuple[Invocation, tuple[InstallReading, ...]]] = {}
        self._action_scripts: dict[int, tuple[Step, Text | None]] = {}

    def _program(self, words: Words, directory: str) -> Reading | None:
        """What a command does that starts a program of the kit."""
        key = (words, directory)
        if key not in self._programs:
            self._programs[key] = reading_of(words, directory, self.project, self.programs)
        return self._programs[key]

    def _environment(self, invocation: Invocation) -> Exported:
        """The environment of a command; most commands of a pipeline share theirs."""
        values = invocation.environment
        known = self._environments.get(id(values))
        if known is None or known.items_in_order is not values:
            known = self._environments[id(values)] = Exported(dict(values), values)
        return known

    # -- following ---------------------------------------------------------------------------

    def follow(self, words: Words, environment: Environment, directory: str = "") -> Follow | None:
        """Where the command leads, or None when it is itself the work."""
        first = words[0]
        if self._program(words, directory) is not None:
            return None
        if first and "/" in first and HIDDEN not in first:
            path = join_path(directory, first)
            if path in self.project.scripts:
                return self._script(path, words[1:], "", False, False)
        unwrapped = tools.unwrap(words, environment)
        if unwrapped is None:
            return self._stages(words, environment, directory)
        if unwrapped.pretends:
            return None
        if unwrapped.service is not None and unwrapped.kind == "command":
            argv = self._in_service(unwrapped, words, environment, directory)
            if argv != unwrapped.argv:
                unwrapped = replace(unwrapped, argv=argv, positions=())
        followed = self._followed(unwrapped, directory)
        if followed is None:
            return None
        return replace(
            followed,
            environment=unwrapped.env,
            passes_status=unwrapped.status == "passes" and not unwrapped.ignores_errors,
            ignores_errors=unwrapped.ignores_errors,
            replaces=unwrapped.replaces,
            directory=unwrapped.directory if unwrapped.kind == "command" else None,
            install=unwrapped.installs or _container(unwrapped, words),
        )

    def _in_service(
        self, unwrapped: Unwrapped, words: Words, environment: Environment, directory: str
    ) -> Words:
        """What is started in a service of a compose file: its entry point, with what is given or its own command
        (Docker documentation, "docker compose run": the command overrides the one of the service)."""
        from gradeline.facts.catalogue import image_command, program
        from gradeline.facts.image_builds import compose_files

        named = [after or "" for word, after in pairwise(words) if word in ("-f", "--file")]
        named += [word.partition("=")[2] for word in words if word is not None and word.startswith("--file=")]
        named = named or [one for one in (environment.get("COMPOSE_FILE") or "").split(":") if one]
        for path in compose_files(self.project, directory, named):
            services = self.project.services.get(path)
            service = services.service(unwrapped.service or "") if services is not None else None
            if service is None or "exec" in words[:6]:
                continue
            given: Words = unwrapped.argv or (_split(service.command) if service.command is not None else ())
            entry: Words | None = _split(service.entrypoint) if service.entrypoint is not None else None
            if entry is None and service.image is not None:
                entry = image_command(service.image.name)
            if entry and (not given or program(given[0]) != entry[0]):
                return (*entry, *given)
            return given
        return unwrapped.argv

    def _followed(self, unwrapped: Unwrapped, directory: str) -> Follow | None:
        if unwrapped.kind == "command":
            if not unwrapped.argv:
                return None
            return Follow("command", unwrapped.argv, positions=unwrapped.positions)
        if unwrapped.kind == "text":
            if unwrapped.program not in _SHELLS:
                return None
            if unwrapped.text is None or HIDDEN in unwrapped.text:
                return Follow("text", opaque="the text it runs is computed at run time")
            return Follow(
                "text", unwrapped.argv, unwrapped.text, errexit=unwrapped.errexit, pipefail=unwrapped.pipefail
            )
        if unwrapped.kind == "stdin":
            return (
                Follow("stdin", errexit=unwrapped.errexit, pipefail=unwrapped.pipefail)
                if unwrapped.program in _SHELLS
                else None
            )
        if unwrapped.kind == "file":
            return self._file(unwrapped, directory)
        return self._runner(unwrapped, directory)

    def _file(self, unwrapped: Unwrapped, directory: str) -> Follow | None:
        named = ("-m", unwrapped.module) if unwrapped.module is not None else (unwrapped.path,)
        started: Words = ("python", *named, *unwrapped.argv)  # `uv run scripts/gate.py` starts it with Python, too
        python = unwrapped.module is not None or (unwrapped.path or "").endswith(".py")
        if python and self._program(started, directory) is not None:
            return Follow("command", started)
        if unwrapped.path is None:
            return None
        if HIDDEN in unwrapped.path:
            return Follow("file", opaque="the name of the script is computed at run time")
        path = join_path(directory, unwrapped.path)
        if path in self.project.scripts:
            return self._script(path, unwrapped.argv, unwrapped.program, unwrapped.errexit, unwrapped.pipefail)
        fetched = self._fetched(path) if unwrapped.program == "" else None
        # The script may be written by the job itself; the simulated shell knows, the project does not.
        return Follow(
            "file",
            unwrapped.argv,
            path=unwrapped.path,
            errexit=unwrapped.errexit,
            pipefail=unwrapped.pipefail,
            maybe=True,
            runner=unwrapped.program,
            otherwise=Follow("command", (fetched, *unwrapped.argv)) if fetched is not None else None,
        )

    def _fetched(self, path: str) -> str | None:
        """The program that lies at a path because some command has downloaded it from its makers."""
        return tool_at(path, self._downloaded) if self._downloaded else None

    @cached_property
    def _downloaded(self) -> frozenset[str]:
        lines = (line.text.raw for recipe in self.project.recipes.values() for line in recipe.lines)
        own = (script.text.raw for script in self.project.scripts.values())
        return downloaded(chain(self._texts() if self._texts is not None else (), own, lines))

    def _script(self, path: str, arguments: Words, program: str, errexit: bool, pipefail: bool) -> Follow:
        script = self.project.scripts[path]
        own = program == ""  # run by its first line, which brings the options written there
        return Follow(
            "file",
            arguments,
            path=path,
            absolute=True,
            errexit=errexit or (own and script.shell.errexit),
            pipefail=pipefail or (own and script.shell.pipefail),
        )

    def _runner(self, unwrapped: Unwrapped, directory: str) -> Follow | None:
        names = unwrapped.names or ("",)
        if any(name is None or HIDDEN in name for name in names):
            return Follow("recipe", opaque=f"which {unwrapped.runner} task runs is computed at run time")
        where = join_path(directory, unwrapped.directory or "") if unwrapped.directory is not None else directory
        keys = tuple(
            recipe_key(unwrapped.runner, str(name), where, unwrapped.file or "")
            for name in names
            if name not in unwrapped.skipped
        )
        if unwrapped.fallback and not any(key in self.project.recipes for key in keys):
            return Follow("command", unwrapped.argv) if unwrapped.argv else None
        return Follow("recipe", unwrapped.argv, keys=keys, overrides=unwrapped.overrides, skipped=unwrapped.skipped)

    def _stages(self, words: Words, environment: Environment, directory: str) -> Follow | None:
        """The stages that a command of the data pipeline's tool runs; the command stays work of its own."""
        if not any(runner == "dvc" for runner, _ in self.project.recipes):
            return None
        from gradeline.facts.data_stages import follow_stages

        for reading in self.classify(words, environment):
            if reading.tool == "dvc" and "train" in reading.classes and reading.effect == "works":
                return follow_stages(self.project, words, reading, directory)
        return None

    # -- meaning -----------------------------------------------------------------------------

    def predicate(self, words: Words, environment: Environment) -> bool:
        """Whether the command is run for its answer: nothing of a known class, and one of those that tell."""
        if any(reading.classes for reading in self.classify(words, environment)):
            return False
        return words[0] in _ASKING or words[0] is None or HIDDEN in words[0]

    def endings(self, words: Words, environment: Environment) -> tuple[int, ...]:
        """The statuses with which a command ends when nothing is wrong, where it tells something by them.

        Terraform documentation, "terraform plan", ``-detailed-exitcode``: 0 for no changes, 2 for some, 1 for an error.
        """
        if not any(word is not None and "detailed-exitcode" in word for word in words) and not any(
            "detailed-exitcode" in (environment.get(name) or "") for name in ("TF_CLI_ARGS", "TF_CLI_ARGS_plan")
        ):
            return ()
        plans = (reading for reading in self.classify(words, environment) if "iac-plan" in reading.classes)
        return (0, 2) if any(reading.tool == "terraform" for reading in plans) else ()

    def classify(self, words: Words, environment: Environment) -> tuple[Reading, ...]:
        """What the command does; pytest's configured arguments count as if they were typed."""
        return tools.classify(words, environment)

    def readings(self, invocation: Invocation) -> tuple[Reading, ...]:
        known = self._known.get(id(invocation))  # kept with its answer, so the number stays its own
        if known is None:
            known = self._known[id(invocation)] = (invocation, self._read(invocation))
        return known[1]

    def _read(self, invocation: Invocation) -> tuple[Reading, ...]:
        started = self._program(invocation.words, invocation.directory)
        if started is not None:
            return (started,)
        found = self.classify(invocation.words, self._environment(invocation))
        if any("deploy" in reading.classes for reading in found):
            found = self._routed(found, invocation)
        if any(reading.tool == "terraform" and "test" in reading.classes for reading in found):
            found = tuple(self._tried(reading, invocation) for reading in found)
        found = tuple(self._chosen_stages(reading, invocation) for reading in found)
        return found or self._own_script(invocation)

    def _chosen_stages(self, reading: Reading, invocation: Invocation) -> Reading:
        """Running stages is training only when one of them trains, as far as the commands of all are known."""
        if reading.tool != "dvc" or "train" not in reading.classes or not reading.targets:
            return reading
        from gradeline.facts.data_stages import follow_stages, worked

        follow = follow_stages(self.project, invocation.words, reading, invocation.directory)
        chosen = worked(self.project, follow) if follow is not None else None
        if chosen is None or any(self._trains(*one) for one in chosen):
            return reading
        every = [(text.raw, stage.folder) for stage in self.project.data.stages for text in stage.commands]
        if not any(self._trains(*one) for one in every):
            return reading  # what trains is not known here
        return replace(reading, effect="pretends", reason="none of the stages that it runs trains")

    def _trains(self, text: str, directory: str) -> bool:
        words: Words = _split_text(text)
        started = reading_of(words, directory, self.project, self.programs)
        known = (started,) if started is not None else self.classify(words, {}) if words else ()
        return any("train" in reading.classes for reading in known)

    def _routed(self, found: tuple[Reading, ...], invocation: Invocation) -> tuple[Reading, ...]:
        """With what a deployment makes of the requests, where it changes who answers them."""
        if not any(bundle.routes for bundle in self.project.manifests.bundles):
            return found
        from gradeline.facts.routed import CLASSES, routed

        more = CLASSES.get(routed(self.project, invocation) or "")
        if more is None:
            return found
        return tuple(
            replace(reading, classes=reading.classes | {more}) if "deploy" in reading.classes else reading
            for reading in found
        )

    def _tried(self, reading: Reading, invocation: Invocation) -> Reading:
        """What tests of a configuration prove, as far as their files are here."""
        from gradeline.facts.infrastructure_trials import is_trial, judged

        if self.placed is not None or not is_trial(reading, invocation.words[0]):
            return reading
        return judged(self.project, reading, invocation.words[0], invocation.directory)

    def _own_script(self, invocation: Invocation) -> tuple[Reading, ...]:
        """What a Python file of the repository is, as far as its tree proves it: a gate on numbers."""
        words = invocation.words
        own = next((word for word in words[1:] if word == "-c" or not word.startswith("-")), "")
        if own == "-c" and words[0].startswith("python"):
            from gradeline.facts.gate_scripts import decides_inline

            reason = "what the code on the command line decides is not followed"
            return (Reading("python", frozenset({"model-gate"}), "unknown", reason),) if decides_inline(words) else ()
        if not any(word.endswith(".py") or word == "-m" for word in words[:8]):
            return ()
        key = ("script", words, invocation.directory)
        if key not in self._readings:
            from gradeline.facts.gate_scripts import is_data_gate, is_model_gate
            from gradeline.facts.registry_scripts import acts_on_registry
            from gradeline.facts.service_trials import is_health_check

            name = words[1] if len(words) > 1 else "python"
            asked = (("model-gate", is_model_gate), ("data-validation", is_data_gate))
            found = [(one, asks(self.project, words, invocation.directory)) for one, asks in asked]
            found += [
                (one, acts_on_registry(self.project, words, invocation.directory, kind))
                for one, kind in (("register", "register"), ("promote", "alias"))
            ]
            found.append(("health-check", is_health_check(self.project, words, invocation.directory)))
            self._readings[key] = tuple(_proved(name, one, proved) for one, proved in found if proved is not False)
        return self._readings[key]

    def matters(self, invocation: Invocation) -> bool:
        return any(reading.classes for reading in self.readings(invocation))

    def action_readings(self, step: Step, inputs: Mapping[str, str | None]) -> tuple[Reading, ...]:
        """What the action of a step does with its inputs; None is an input whose value is not known."""
        if step.use is None:
            return ()
        return tools.classify_action(_action_name(step.use), inputs, step.use.version)

    def action_script(self, step: Step) -> Text | None:
        """The input of an action that is itself a script, such as that of a retrying action."""
        if step.use is None or not step.inputs:
            return None
        if id(step) not in self._action_scripts:  # kept with its answer, so the number stays its own
            self._action_scripts[id(step)] = step, self._script_of(step, step.use)
        return self._action_scripts[id(step)][1]

    def _script_of(self, step: Step, use: Use) -> Text | None:
        inputs = {name: text.constant if not text.holes else text.raw for name, text in step.inputs.items()}
        unwrapped = tools.unwrap_action(_action_name(use), inputs)
        if unwrapped is None or unwrapped.kind != "text" or unwrapped.program not in _SHELLS:
            return None
        return next((text for text in step.inputs.values() if text.raw == unwrapped.text and text.raw), None)

    def installs(self, item: Activity) -> tuple[InstallReading, ...]:
        """What the activity installs, by itself and by the wrappers around it."""
        invocation = item.invocation
        if invocation is None:
            return ()
        if id(invocation) not in self._installs:  # kept with its answer, so the number stays its own
            own = tools.install_reading(invocation.words, self._environment(invocation))
            carried = tuple(reading for reading in invocation.installs if isinstance(reading, InstallReading))
            self._installs[id(invocation)] = invocation, (*carried, own) if own is not None else carried
        return self._installs[id(invocation)][1]

    # -- targets -----------------------------------------------------------------------------

    def does_work_on(self, item: Activity, classes: tuple[str, ...], path: str) -> Coverage:
        """Whether the activity covers ``path`` (empty: anything) and selects any test at all."""
        if QUESTION in classes and not path and not item.readings_of(classes):
            return Coverage(True)
        answer = Coverage(False, f"`{item.text}` does not work on {path}")
        for reading in item.readings_of(classes):
            if reading.effect != "works":
                continue
            answer = self._covers(item, reading, path)
            if answer.holds:
                return answer
        return answer

    def _covers(self, item: Activity, reading: Reading, path: str) -> Coverage:
        directory = item.invocation.directory if item.invocation is not None else ""
        if reading.tool == "terraform" and "test" in reading.classes:
            return self._tries(item, reading, directory, path)
        defaults = self.project.settings.pytest_paths if reading.tool == "pytest" else ()
        if self.placed is not None:
            named = reading.targets or tuple(defaults) or (".",)
            there = tuple(None if one is None or HIDDEN in one else self.placed(item, one) for one in named)
            # What a build takes from elsewhere is no file of the repository, so it cannot be looked into.
            targets = tuple(one if one is None or self.project.has(one.split("::")[0]) else None for one in there)
            reading, defaults, directory = replace(reading, targets=targets), (), ""
        if "test" in reading.classes and self.project.tests:
            kept = tools.select_tests(reading, self.project.tests, default=defaults, directory=directory)
            if kept == 0:
                return Coverage(False, f"`{item.text}` selects no test at all")
        if not path:
            return Coverage(True)
        covered = tools.covers(reading, path, self.project.paths, default=defaults, directory=directory)
        if covered:
            return Coverage(True)
        if covered is None:
            return Coverage(None, f"it cannot be seen whether `{item.text}` works on {path}")
        for target in reading.targets:
            if target and HIDDEN not in target and not self.project.has(join_path(directory, target.split("::")[0])):
                return Coverage(False, f"`{item.text}` works on {target}, which does not exist")
        return Coverage(False, f"`{item.text}` leaves out {path}")

    def _tries(self, item: Activity, reading: Reading, directory: str, path: str) -> Coverage:
        """Whether tests of a configuration are about a path."""
        from gradeline.facts.infrastructure_trials import tried, works_on

        program = item.invocation.words[0] if item.invocation is not None else ""
        covered = works_on(tried(self.project, reading, program, directory), path) if path else True
        return Coverage(covered, "" if covered else f"`{item.text}` is not about {path}")


def _split(command: Command) -> Words:
    """The words of a command; a text is split as a shell does, without starting one."""
    if command.form != "shell":
        return command.words
    try:
        return tuple(shlex.split(command.script.raw))
    except ValueError:
        return tuple(command.script.raw.split())


def _action_name(use: Use) -> str:
    return f"docker://{use.name}" if use.subject == "image" and not use.name.startswith("docker://") else use.name
