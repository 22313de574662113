"""``.pre-commit-config.yaml``: the commands of its hooks, as ``pre-commit run --all-files`` runs them."""

from __future__ import annotations

import shlex

from gradeline.model.project import Recipe
from gradeline.model.text import Text
from gradeline.readers.project_source import Context, Loaded, join, plain_line
from gradeline.syntax import yaml

# What well-known hooks run.  pre-commit fails when a hook changes a file ("Hook output" in its manual), so
# a formatter is a check here, and a fixing linter fails when it fixed something.
_COMMANDS = {
    "ruff": "ruff check --exit-non-zero-on-fix",
    "ruff-check": "ruff check --exit-non-zero-on-fix",
    "ruff-format": "ruff format --check",
    "black": "black --check .",
    "isort": "isort --check .",
    "flake8": "flake8",
    "pylint": "pylint",
    "mypy": "mypy .",
    "pyright": "pyright",
    "bandit": "bandit -r .",
    "detect-secrets": "detect-secrets-hook",
    "gitleaks": "gitleaks git --pre-commit --staged",
    "gitleaks-system": "gitleaks git --pre-commit --staged",
    "trufflehog": "trufflehog git file://. --since-commit HEAD --fail",
    "actionlint": "actionlint",
    "actionlint-system": "actionlint",
    "zizmor": "zizmor .",
    "shellcheck": "shellcheck",
    "yamllint": "yamllint .",
    "hadolint": "hadolint Dockerfile",
    "nbstripout": "nbstripout",
}
_MANUAL = frozenset({"manual"})


def load_hooks(context: Context, directory: str, file: str) -> Loaded | None:
    """One recipe per hook, and the recipe ``""`` that runs all hooks of the default stage."""
    found = context.file(join(directory, file or ".pre-commit-config.yaml"))
    if found is None:
        return None
    root = yaml.parse(found.source).root
    repositories = root.get("repos") if isinstance(root, yaml.Mapping) else None
    recipes: list[Recipe] = []
    automatic: list[str] = []
    for repository in repositories.values() if isinstance(repositories, yaml.Sequence) else ():
        hooks = repository.get("hooks") if isinstance(repository, yaml.Mapping) else None
        for hook in hooks.values() if isinstance(hooks, yaml.Sequence) else ():
            if isinstance(hook, yaml.Mapping):
                recipe = _hook(hook)
                if recipe is not None:
                    recipes.append(recipe)
                    if not _stages(hook) or not set(_stages(hook)) <= _MANUAL:
                        automatic.append(recipe.name)
    whole = Recipe("pre-commit", "", found.span(0, 0), needs=tuple(automatic))
    return Loaded(found.source.path, (whole, *recipes))


def _hook(hook: yaml.Mapping) -> Recipe | None:
    name = hook.get("id")
    if not isinstance(name, yaml.Scalar):
        return None
    entry = hook.get("entry")
    command = entry.value if isinstance(entry, yaml.Scalar) else _COMMANDS.get(name.value)
    if command is None:
        return Recipe("pre-commit", name.value, name.span)  # a hook that is no tool the grader knows
    words = [*_words(hook.get("args"))]
    raw = " ".join([command, *(shlex.quote(word) for word in words)])
    return Recipe("pre-commit", name.value, name.span, (plain_line(Text(raw, name.span)),))


def _stages(hook: yaml.Mapping) -> list[str]:
    return _words(hook.get("stages"))


def _words(node: object) -> list[str]:
    if isinstance(node, yaml.Scalar):
        return [node.value]
    return (
        [item.value for item in node.values() if isinstance(item, yaml.Scalar)]
        if isinstance(node, yaml.Sequence)
        else []
    )
