"""From the files of a submission to the model: one reader for each platform."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Protocol

from gradeline.model.data import Data
from gradeline.model.pipeline import Pipeline, Variable
from gradeline.model.project import Project, Recipe, ScriptFile
from gradeline.readers import places
from gradeline.records import replace
from gradeline.source import SourceFile

if TYPE_CHECKING:
    from gradeline.model.code import Codebase
    from gradeline.model.controller import Controller
    from gradeline.model.document import Document
    from gradeline.model.image import Image
    from gradeline.model.infrastructure import Infrastructure
    from gradeline.model.load_test import LoadTest
    from gradeline.model.manifest import Manifests
    from gradeline.model.monitoring import Monitoring
    from gradeline.model.playbook import Playbooks
    from gradeline.model.repository import Repository
    from gradeline.model.services import Services
    from gradeline.model.shared import SharedStep
    from gradeline.model.workload import Workload


class Files(Protocol):
    """The part of a snapshot that readers need."""

    @property
    def paths(self) -> Sequence[str]: ...

    def read(self, path: str) -> SourceFile | None: ...


def load(files: Files) -> tuple[Project, tuple[Pipeline, ...]]:
    """The repository around the pipelines, and every pipeline that can start.

    A pipeline that only others can start is part of its callers and not listed by itself.
    """
    from gradeline.readers.project import read_project
    from gradeline.readers.text_files import TextFiles

    paths = tuple(files.paths)
    data = cache(lambda: _data(files, paths))
    code = cache(_code(files, paths))
    pipelines = tuple(_pipelines(files, paths, data, code))
    scripts = [
        (step.script.raw, step.directory.constant if step.directory is not None else None)
        for pipeline in pipelines
        for unit in pipeline.units
        for step in unit.walk()
        if step.script is not None
    ]
    bound = {variable.name for pipeline in pipelines for variable in _variables(pipeline)}
    project = replace(
        read_project(paths, files.read, scripts, sorted(bound), code),
        files=TextFiles(paths, files.read),
        images=_images(files, paths),
        build_files=tuple(path for path in paths if places.is_build_file(path)),
        services=_services(files, paths),
        read_data=data,
        documents=_documents(files, paths),
        read_controller=_controller(files, paths),
        read_shared=_shared(files, paths),
        read_started=_started(files, paths),
        workloads=_workloads(files, paths),
        load_tests=_load_tests(files, paths),
        read_repository=_repository(files, paths),
        read_code=code,
        read_playbooks=_playbooks(files, paths),
        read_infrastructure=_infrastructure(files, paths),
        read_monitoring=_monitoring(files, paths),
        read_manifests=_manifests(files, paths),
    )
    if any(pipeline.platform == "dvc" for pipeline in pipelines):
        from gradeline.readers.dvc import recipes

        project = replace(project, recipes={**project.recipes, **recipes(data())})
    return project, tuple(pipeline for pipeline in pipelines if not _only_called(pipeline))


def _data(files: Files, paths: tuple[str, ...]) -> Data:
    """What the submission says about its data; without a file of that kind nothing is loaded."""
    if not any(places.is_dvc(path) for path in paths):
        return Data()
    from gradeline.readers.dvc import read_data

    return read_data(paths, files.read)


def _controller(files: Files, paths: tuple[str, ...]) -> Callable[[], Controller] | None:
    mine = tuple(path for path in paths if places.is_casc(path) or places.is_plugin_list(path))
    if not mine:
        return None
    from gradeline.readers.jenkins.controller import read_controller

    return cache(lambda: read_controller(mine, files.read))


def _code(files: Files, paths: tuple[str, ...]) -> Callable[[], Codebase]:
    def read() -> Codebase:
        from gradeline.readers.python import read_code

        return read_code(paths, files.read)

    return read


def _monitoring(files: Files, paths: tuple[str, ...]) -> Callable[[], Monitoring] | None:
    mine = tuple(path for path in paths if places.may_be_monitoring(path))
    if not mine:
        return None

    def read() -> Monitoring:
        from gradeline.readers.monitoring import read_monitoring

        return read_monitoring(mine, files.read, paths)

    return read


def _playbooks(files: Files, paths: tuple[str, ...]) -> Callable[[], Playbooks] | None:
    def read() -> Playbooks:
        from gradeline.readers.ansible import read_playbooks

        return read_playbooks(paths, files.read)

    return cache(read) if any(places.may_be_argo(path) for path in paths) else None


def _infrastructure(files: Files, paths: tuple[str, ...]) -> Callable[[], Infrastructure] | None:
    if not any(places.is_terraform(path) or places.may_be_template(path) for path in paths):
        return None

    def read() -> Infrastructure:
        from gradeline.model.infrastructure import merged

        found = []
        if any(places.is_terraform(path) for path in paths):
            from gradeline.readers.terraform import read_terraform

            found.append(read_terraform(paths, files.read))
        mine = tuple(path for path in paths if places.may_be_template(path))
        if any(_mentions(files, path, "AWS::") or _mentions(files, path, "AWSTemplateFormat") for path in mine):
            from gradeline.readers.cloudformation import read_cloudformation

            found.append(read_cloudformation(mine, files.read))
        return merged(found)

    return cache(read)


def _manifests(files: Files, paths: tuple[str, ...]) -> Callable[[], Manifests]:
    def read() -> Manifests:
        from gradeline.readers.kubernetes import read_manifests

        return read_manifests(paths, files.read)

    return cache(read)


def _repository(files: Files, paths: tuple[str, ...]) -> Callable[[], Repository] | None:
    if not any(places.is_repository_file(path) for path in paths):
        return None

    def read() -> Repository:
        from gradeline.readers.repository import read_repository

        return read_repository(paths, files.read)

    return cache(read)


def _shared(files: Files, paths: tuple[str, ...]) -> Callable[[], tuple[SharedStep, ...]] | None:
    steps = tuple(path for path in paths if places.is_shared_step(path))
    workflows = tuple(path for path in paths if places.is_workflow(path))
    if not steps and not workflows:
        return None

    def read() -> tuple[SharedStep, ...]:
        from gradeline.readers.github.shared_steps import read_shared_workflows
        from gradeline.readers.jenkins.shared_steps import read_shared_steps

        return (*read_shared_steps(steps, files.read), *read_shared_workflows(workflows, files.read))

    return cache(read)


def _started(
    files: Files, paths: tuple[str, ...]
) -> Callable[[str], tuple[dict[tuple[str, str], Recipe], dict[str, ScriptFile]]]:
    """What a script that people start by hand leads to."""
    from gradeline.readers.project import read_commands

    return lambda path: read_commands(paths, files.read, [(f"./{path}", "")])


def _pipelines(
    files: Files, paths: tuple[str, ...], data: Callable[[], Data], code: Callable[[], Codebase]
) -> Iterator[Pipeline]:
    """The pipelines of each platform whose files are here; a reader that is not needed is not loaded."""
    if mine := tuple(path for path in paths if places.is_github(path)):
        from gradeline.readers.github import read_workflow

        yield from (read_workflow(path, files.read, mine) for path in mine)
    if mine := tuple(path for path in paths if places.is_gitlab(path)):
        from gradeline.readers.gitlab import read_pipeline

        yield from (read_pipeline(path, files.read, paths) for path in mine)
    if mine := tuple(path for path in paths if places.is_jenkins(path)):
        from gradeline.readers.jenkins import read_jenkinsfile

        yield from (read_jenkinsfile(path, files.read) for path in mine)
    mine = tuple(path for path in paths if places.may_be_argo(path) and not places.is_github(path))
    if any(_mentions(files, path, "argoproj.io/") for path in mine):
        from gradeline.readers.argo import read_argo

        yield from read_argo(mine, files.read)
    if places.HOOKS in paths:
        from gradeline.readers.repository.hooks import read_hooks

        hooks = read_hooks(places.HOOKS, files.read)
        yield from [hooks] if hooks is not None else []
    if mine := tuple(path for path in paths if places.is_dvc_stages(path)):
        from gradeline.readers.dvc import pipelines

        yield from pipelines(data(), mine)
    yield from _orchestrations(files, paths, code)


def _orchestrations(files: Files, paths: tuple[str, ...], code: Callable[[], Codebase]) -> Iterator[Pipeline]:
    """Pipelines that are written in Python: a file that imports the platform may hold some."""
    python = tuple(path for path in paths if places.may_orchestrate(path))
    if mine := tuple(path for path in python if _mentions(files, path, "airflow")):
        from gradeline.readers.airflow import read_airflow

        yield from read_airflow(mine, paths, files.read, code())
    if mine := tuple(path for path in python if _mentions(files, path, "prefect")):
        from gradeline.readers.prefect import read_prefect

        yield from read_prefect(mine, paths, files.read, code())
    if mine := tuple(path for path in python if _mentions(files, path, "kfp")):
        from gradeline.readers.kubeflow import read_kubeflow

        yield from read_kubeflow(mine, files.read, code())


def _mentions(files: Files, path: str, words: str) -> bool:
    source = files.read(path)
    return source is not None and words in source.text


def _variables(pipeline: Pipeline) -> Iterator[Variable]:
    """Every variable that a workflow binds somewhere.  A script may set more; those are found in the texts."""
    yield from pipeline.env
    for unit in pipeline.units:
        yield from unit.env
        for step in unit.walk():
            yield from step.env


def _images(files: Files, paths: tuple[str, ...]) -> Mapping[str, Image]:
    """The build files; neither they nor their reader are loaded before somebody asks for one."""
    from gradeline.readers.lazy import Lazy

    @cache
    def reader() -> Callable[[str], Image | None]:
        from gradeline.readers.docker import image_reader

        return image_reader(paths, files.read)

    return Lazy(tuple(path for path in paths if places.is_build_file(path)), lambda path: reader()(path))


def _services(files: Files, paths: tuple[str, ...]) -> Mapping[str, Services]:
    from gradeline.readers.lazy import Lazy

    known = tuple(path for path in paths if places.is_compose_file(path))

    def read(path: str) -> Services | None:
        from gradeline.readers.compose import read_services

        return read_services(path, files.read, known)

    return Lazy(known, read)


def _workloads(files: Files, paths: tuple[str, ...]) -> Mapping[str, Workload]:
    from gradeline.readers.lazy import Lazy

    def make(path: str) -> Workload | None:
        from gradeline.readers.documents import read_document
        from gradeline.readers.gitlab.deploy_values import read_workload

        document = read_document(path, files.read)
        return read_workload(document) if document is not None else None

    return Lazy(tuple(path for path in paths if places.is_deploy_values(path)), make)


def _load_tests(files: Files, paths: tuple[str, ...]) -> Mapping[str, LoadTest]:
    """Scripts of load tests; without a script of that language nothing is loaded."""
    if not any(path.endswith((".js", ".mjs", ".ts")) for path in paths):
        return {}
    from gradeline.readers.load_tests import read_load_tests

    return read_load_tests(paths, files.read)


def _documents(files: Files, paths: tuple[str, ...]) -> Mapping[str, Document]:
    from gradeline.readers.lazy import Lazy

    def make(path: str) -> Document | None:
        from gradeline.readers.documents import is_document, read_document

        return read_document(path, files.read) if is_document(path) else None

    return Lazy(paths, make)


def _only_called(pipeline: Pipeline) -> bool:
    return bool(pipeline.scenarios) and all(scenario.kind == "called" for scenario in pipeline.scenarios)
