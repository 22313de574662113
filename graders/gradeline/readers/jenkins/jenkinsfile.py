"""A Jenkinsfile as a pipeline."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradeline.model.pipeline import Pipeline, RunLog, Trigger, Unit
from gradeline.readers.jenkins.agents import Agent, read_agent
from gradeline.readers.jenkins.declarative import Stages, outermost
from gradeline.readers.jenkins.libraries import note_libraries
from gradeline.readers.jenkins.names import IDENTITY, KNOWN, PROPOSALS
from gradeline.readers.jenkins.options import (
    Options,
    parameter_variables,
    read_environment,
    read_options,
    read_parameters,
    read_triggers,
    typed_secrets,
)
from gradeline.readers.jenkins.reading import Exhausted, Read, Reading
from gradeline.readers.jenkins.scenarios import MULTIBRANCH, scenarios_of
from gradeline.readers.jenkins.scope import Parameter, Scope
from gradeline.readers.jenkins.scripted import Lane, Program
from gradeline.readers.jenkins.sections import inside, section
from gradeline.readers.jenkins.walker import Walker
from gradeline.records import replace
from gradeline.source import Span
from gradeline.syntax import groovy_nodes as gr

# Without this in its text a file sets no properties; an escape may spell any character.
_SETS = tuple(map(re.compile, (r"properties", r"\\[u0-7]")))


class File:
    """One reading; what was read stays when the file turns out to be too large."""

    def __init__(self, reading: Reading, body: gr.Block) -> None:
        self.reading = reading
        self.body = body
        self.root = _pipeline(body)
        self.options = Options()
        self.parameters: tuple[Parameter, ...] = ()
        self.triggers: tuple[Trigger, ...] = ()
        self.scope = Scope()
        self.units: list[Unit] = []

    def read(self) -> None:
        note_libraries(self.reading, self.body)
        self._properties()
        if self.root is not None:
            self._declarative(self.root)
        else:
            self._scripted()

    def _properties(self) -> None:
        """``properties([...])`` of a scripted pipeline, or above a declarative one."""
        if not any(one.search(self.body.places.text) for one in _SETS):
            return
        for node in gr.calls(self.body):
            if node.name == "properties" and node.target is None:
                found = read_options(Scope(), node)
                self.options = replace(
                    found,
                    exclusive=found.exclusive or self.options.exclusive,
                    days=found.days or self.options.days,
                    runs=found.runs or self.options.runs,
                    log_days=found.log_days or self.options.log_days,
                    log_runs=found.log_runs or self.options.log_runs,
                )
                self.parameters = (*self.parameters, *read_parameters(Scope(), node))
                self.triggers = (*self.triggers, *read_triggers(Scope(), node))

    def _keep(self) -> None:
        self.reading.days, self.reading.runs = self.options.days, self.options.runs
        self.reading.fails_fast = self.options.fails_fast
        self.scope = replace(self.scope, parameters={item.name: item for item in self.parameters})

    def _declarative(self, root: gr.Call) -> None:
        from gradeline.readers.jenkins.validate import validate

        validate(self.reading, root)
        inner = inside(root)
        self.parameters = (*self.parameters, *read_parameters(Scope(), inner.get("parameters")))
        self.triggers = (*self.triggers, *read_triggers(Scope(), inner.get("triggers")))
        self._keep()
        self._above(root)
        env = read_environment(self.scope, inner.get("environment"), "pipeline", "pipeline")
        self.scope = self.scope.with_env(env)
        options = read_options(self.scope, inner.get("options"))
        above = self.options
        self.options = replace(
            options,
            exclusive=options.exclusive or above.exclusive,
            days=options.days or above.days,
            runs=options.runs or above.runs,
            log_days=options.log_days or above.log_days,
            log_runs=options.log_runs or above.log_runs,
        )
        self._keep()
        agent = read_agent(self.reading, self.scope, inner.get("agent")) or Agent(root.span)
        around = outermost(self.scope, agent, self.options)
        stages = Stages(self.reading, self.scope.variables)
        self.units = stages.units
        body = section(inner.get("stages"))
        if body is not None:
            stages.sequence(body, around, ())
        waits = tuple(unit.id for unit in stages.units)
        stages.post_units(inner.get("post"), around, waits, "post")

    def log(self) -> RunLog:
        """Jenkins keeps every build until something says otherwise, and lines of its log carry no time.

        Jenkins, "Pipeline Syntax", options; jenkinsci/timestamper-plugin README, also for the step with a block.
        """
        asked = self.options.timestamps
        for statement in self.body.statements if self.root is None else ():
            if isinstance(statement, gr.Call) and statement.name == "timestamps" and statement.block is not None:
                asked = statement.name_span
        return RunLog(
            "nobody" if asked is None else "file", self.options.log_days, self.options.log_runs, True, asked
        )  # fmt: skip

    def _above(self, root: gr.Call) -> None:
        """Variables that are set above the pipeline.  What runs there is the start of every build."""
        walker = Walker(self.reading, self.scope)
        for statement in self.body.statements:
            if statement is root:
                break
            if isinstance(statement, gr.Declaration | gr.Assign):
                walker.statement(statement)
        self.scope = replace(self.scope, variables=walker.scope.variables, own=())

    def _scripted(self) -> None:
        from gradeline.readers.jenkins.validate import misplaced

        misplaced(self.reading, self.body)
        self._keep()
        program = Program(self.reading, replace(self.scope, machine=False))
        self.units = program.units
        skipped = ("properties", "library")
        statements = tuple(
            node
            for node in self.body.statements
            if not (isinstance(node, gr.Call) and node.target is None and node.name in skipped)
        )
        program.run(statements, Lane(), ())


def read_jenkinsfile(path: str, read: Read) -> Pipeline:
    """The Jenkinsfile at ``path``; ``read`` gives any file of the repository, or None when there is none.

    Nothing is raised: what is wrong becomes a diagnostic, and what can be read is in the pipeline.
    """
    reading = Reading(path, read)
    script = reading.script(path)
    if script is None:
        reading.say("error", "missing-file", "The file does not exist.", None)
        return Pipeline(path, path, "jenkins", Span(path, 1), diagnostics=tuple(reading.diagnostics))
    body = script.body
    reading.functions = {node.name: node for node in body.statements if isinstance(node, gr.Method)}
    reading.imports = tuple(node.name for node in body.statements if isinstance(node, gr.Import))
    file = File(reading, body)
    try:
        file.read()
    except (Exhausted, RecursionError):
        reading.say("error", "too-large", "The Jenkinsfile is too large to be read completely.", body.span)
        reading.hide(body.span, "the Jenkinsfile is too large to be read completely")
    start = file.root.span if file.root is not None else body.span
    place = Span(path, start.line, start.column)
    parameters = file.parameters
    return Pipeline(
        path=path,
        title=path,
        platform="jenkins",
        span=start,
        named=True,  # its name is that of the job, on the server
        triggers=(Trigger(MULTIBRANCH, place), *file.triggers),
        scenarios=scenarios_of(place, path, file.triggers, parameters, reading.changesets),
        units=tuple(file.units),
        exclusive=file.options.exclusive,
        env=(*file.scope.env, *typed_secrets(parameters)),
        uses=tuple(reading.uses.values()),
        opaque=tuple(reading.opaque.values()),
        diagnostics=tuple(reading.diagnostics),
        proposals=PROPOSALS,
        program=next((node.span for node in body.statements if file.root is None), None),
        log=file.log(),
        looks_back="needs",
        stops_when_unstable=file.options.stops_when_unstable,
        keeps_scripts=True,
        identity=IDENTITY,
        known=KNOWN,
        mirrored=parameter_variables(parameters),
    )


def _pipeline(body: gr.Block) -> gr.Call | None:
    """The ``pipeline`` block: at the top of the file, or in the ``call`` of a library's step."""
    return next((node for node in _top(body) if node.name == "pipeline" and node.block is not None), None)


def _top(body: gr.Block) -> Iterator[gr.Call]:
    for statement in body.statements:
        if isinstance(statement, gr.Call) and statement.target is None:
            yield statement
        elif isinstance(statement, gr.Broken):
            yield from (node for node in statement.found if isinstance(node, gr.Call))

