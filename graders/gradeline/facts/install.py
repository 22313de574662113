"""What a command installs, and how firmly it fixes the versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gradeline.facts.arguments import HOLE, Arguments, Values, is_false
from gradeline.facts.catalogue import Call, Environment, find_call
from gradeline.facts.command_words import Words
from gradeline.facts.readings import InstallReading

ARCHIVES = (".whl", ".tar.gz", ".zip", ".tar.bz2")


def install_of(argv: tuple[str | None, ...], env: Environment) -> InstallReading | None:
    """What an unwrapped command installs; None when it is no installer."""
    call = find_call(argv, env)
    if call is None:
        return None
    reader = _READERS.get((call.form.tool, call.form.name))
    return None if reader is None else reader(call)


def _pretends(call: Call, *options: str) -> str:
    for option in (*sorted(call.form.info), *options):
        if option in call.arguments.options:
            return f"`{option}` installs nothing"
    return ""


def _set(call: Call, option: str, *variables: str) -> bool | None:
    """Whether a flag is given by option or environment; None when that is unknown."""
    if option in call.arguments.options:
        return not is_false(call.arguments.last(option))
    for variable in variables:
        if variable in call.env:
            value = call.env[variable]
            return None if value is None else bool(value) and not is_false(value)
    return None if call.hidden else False


def _either(first: bool | None, second: bool | None) -> bool | None:
    if first or second:
        return True
    return None if first is None or second is None else False


def _requirements(arguments: Arguments) -> tuple[Values, Values]:
    """Operands as packages and as local paths or archives."""
    packages: list[str | None] = []
    local: list[str | None] = []
    for index, word in enumerate(arguments.operands):
        if word is None or index in arguments.wild or index in arguments.doubtful:
            packages.append(None)
        elif is_local(word):
            local.append(word)
        else:
            packages.append(word)
    return tuple(packages), tuple(local)


def is_local(word: str) -> bool:
    """Whether a requirement is a path or an archive, with or without extras."""
    path = word.partition("[")[0]
    return path in (".", "..") or path.startswith(("./", "../", "/", "~", "file:")) or path.endswith((*ARCHIVES, "/"))


def _offline(call: Call, packages: Values, local: Values) -> tuple[Values, Values]:
    """Without an index, what is named comes from folders and archives at hand (pip docs, ``--no-index``)."""
    if call.arguments.has("--no-index", "--offline"):
        return (), (*local, *packages)
    return packages, local


def _pip(call: Call) -> InstallReading:
    arguments = call.arguments
    packages, local = _offline(call, *_requirements(arguments))
    editable = arguments.all("--editable")
    return InstallReading(
        "pip",
        lock_files=arguments.all("--requirement"),
        requires_hashes=_set(call, "--require-hashes"),
        frozen=_set(call, "--require-hashes"),
        packages=packages,
        upgrade=arguments.has("--upgrade"),
        local=(*local, *editable),
        editable=bool(editable),
        constraints=arguments.all("--constraint"),
        alone=arguments.has("--no-deps"),
        pretends=_pretends(call, "--dry-run"),
    )


def _pip_wheels(call: Call) -> InstallReading | None:
    """Wheels of all requirements, made or fetched to be installed elsewhere; of one project it is a build."""
    return _pip(call) if call.arguments.has("--requirement") else None


def _uv_pip(call: Call) -> InstallReading:
    arguments = call.arguments
    packages, local = _offline(call, *_requirements(arguments))
    sync = call.form.name == "pip sync"
    editable = arguments.all("--editable")
    hashes = _set(call, "--require-hashes", "UV_REQUIRE_HASHES")
    return InstallReading(
        "uv",
        scope="project",
        lock_files=(*packages, *local) if sync else arguments.all("--requirements"),
        requires_hashes=hashes,
        verifies=hashes is not False or not _set(call, "--no-verify-hashes", "UV_NO_VERIFY_HASHES"),
        frozen=True if sync else hashes,
        packages=() if sync else packages,
        upgrade=arguments.has("--upgrade"),
        local=() if sync else (*local, *editable),
        editable=bool(editable),
        constraints=arguments.all("--constraints"),
        alone=arguments.has("--no-deps"),
        pretends=_pretends(call, "--dry-run"),
    )


def _uv_sync(call: Call) -> InstallReading:
    frozen = _either(_set(call, "--locked", "UV_LOCKED"), _set(call, "--frozen", "UV_FROZEN"))
    return InstallReading(
        "uv",
        lock_files=("uv.lock",),
        requires_hashes=True,
        frozen=frozen,
        upgrade=call.arguments.has("--upgrade", "--upgrade-package"),
        pretends=_pretends(call, "--dry-run", "--check"),
    )


def _uv_tool(call: Call) -> InstallReading:
    return InstallReading("uv", scope="tool", packages=call.arguments.operands, upgrade=call.arguments.has("--upgrade"))


def _uv_python(call: Call) -> InstallReading:
    return InstallReading("uv", scope="system", packages=call.arguments.operands)


def _added(call: Call) -> InstallReading:
    """``add`` changes the project's own requirements, so nothing is frozen."""
    packages, local = _requirements(call.arguments)
    return InstallReading(call.form.tool, packages=packages, local=local, pretends=_pretends(call, "--dry-run"))


def _pip_sync(call: Call) -> InstallReading:
    files = call.arguments.operands or ("requirements.txt",)
    hashes = _set(call, "--require-hashes")
    return InstallReading(
        "pip-tools", lock_files=files, requires_hashes=hashes, frozen=True, pretends=_pretends(call, "--dry-run", "-n")
    )


def _poetry(call: Call) -> InstallReading:
    """Poetry refuses a lock that does not fit pyproject.toml (Poetry documentation, install)."""
    return InstallReading(
        "poetry", lock_files=("poetry.lock",), requires_hashes=True, frozen=True, pretends=_pretends(call, "--dry-run")
    )


def _poetry_check(call: Call) -> InstallReading | None:
    if not call.arguments.has("--lock"):
        return None
    return InstallReading("poetry", lock_files=("poetry.lock",), checks_lock=True)


def _uv_lock(call: Call) -> InstallReading | None:
    if not call.arguments.has("--check", "--locked"):
        return None
    return InstallReading("uv", lock_files=("uv.lock",), checks_lock=True)


def _pipenv(call: Call) -> InstallReading:
    arguments = call.arguments
    packages, local = _requirements(arguments)
    sync = call.form.name == "sync"
    frozen = True if sync else _either(_set(call, "--deploy"), _set(call, "--ignore-pipfile"))
    locked = not packages and not arguments.has("--requirements", "--skip-lock")
    return InstallReading(
        "pipenv",
        lock_files=("Pipfile.lock",) if locked else arguments.all("--requirements"),
        requires_hashes=locked,
        frozen=frozen if locked else False,
        packages=packages,
        local=local,
        pretends=_pretends(call),
    )


def _pdm(call: Call) -> InstallReading:
    frozen = True if call.form.name == "sync" else _either(
        _either(_set(call, "--frozen-lockfile", "PDM_FROZEN_LOCKFILE"), _set(call, "--no-lock")), _set(call, "--check")
    )
    return InstallReading(
        "pdm",
        lock_files=(call.arguments.last("--lockfile") or "pdm.lock",),
        requires_hashes=True,
        frozen=frozen,
        pretends=_pretends(call, "--dry-run"),
    )


def _conda(call: Call) -> InstallReading:
    arguments = call.arguments
    files = arguments.all("--file")
    explicit = any(name is not None and ("lock" in name or name.endswith(".txt")) for name in files)
    packages, _ = _requirements(arguments)
    return InstallReading(
        "conda",
        lock_files=files,
        requires_hashes=None if explicit else False,
        frozen=None if explicit else False,
        packages=packages,
        pretends=_pretends(call, "--dry-run", "-d"),
    )


def _conda_lock(call: Call) -> InstallReading:
    return InstallReading(
        "conda-lock", lock_files=call.arguments.operands or ("conda-lock.yml",), requires_hashes=True, frozen=True
    )


def _pixi(call: Call) -> InstallReading:
    frozen = _either(_set(call, "--locked", "PIXI_LOCKED"), _set(call, "--frozen", "PIXI_FROZEN"))
    return InstallReading("pixi", lock_files=("pixi.lock",), requires_hashes=True, frozen=frozen)


def _npm(call: Call) -> InstallReading:
    arguments = call.arguments
    packages, local = _requirements(arguments)
    frozen = True if call.form.name == "ci" else arguments.has("--frozen-lockfile", "--immutable")
    return InstallReading(
        "npm",
        lock_files=() if packages else ("package-lock.json",),
        requires_hashes=not packages,
        frozen=frozen,
        packages=packages,
        local=local,
        scope="tool" if arguments.has("-g", "--global") else "project",
        pretends=_pretends(call, "--dry-run"),
    )


def _hatch(call: Call) -> InstallReading:
    return InstallReading("hatch", packages=(None,))


def _pipx(call: Call) -> InstallReading:
    return InstallReading("pipx", scope="tool", packages=call.arguments.operands, pretends=_pretends(call))


def _system(call: Call) -> InstallReading:
    return InstallReading(
        call.form.tool, scope="system", packages=call.arguments.operands,
        pretends=_pretends(call, "--dry-run", "--simulate", "--download-only", "-s"),
    )


_READERS: Mapping[tuple[str, str], Callable[[Call], InstallReading | None]] = {
    ("pip", "install"): _pip,
    ("pip", "wheel"): _pip_wheels,
    ("pip", "download"): _pip_wheels,
    ("uv", "pip install"): _uv_pip,
    ("uv", "pip sync"): _uv_pip,
    ("uv", "sync"): _uv_sync,
    ("uv", "tool install"): _uv_tool,
    ("uv", "python install"): _uv_python,
    ("uv", "lock"): _uv_lock,
    ("uv", "add"): _added,
    ("pip-sync", ""): _pip_sync,
    ("poetry", "install"): _poetry,
    ("poetry", "sync"): _poetry,
    ("poetry", "add"): _added,
    ("poetry", "check"): _poetry_check,
    ("pipenv", "install"): _pipenv,
    ("pipenv", "sync"): _pipenv,
    ("pdm", "install"): _pdm,
    ("pdm", "sync"): _pdm,
    ("pdm", "add"): _added,
    ("conda", "install"): _conda,
    ("conda", "create"): _conda,
    ("conda", "env create"): _conda,
    ("conda", "env update"): _conda,
    ("conda-lock", "install"): _conda_lock,
    ("pixi", "install"): _pixi,
    ("npm", "ci"): _npm,
    ("npm", "install"): _npm,
    ("npm", "i"): _npm,
    ("npm", "add"): _npm,
    ("hatch", "env create"): _hatch,
    ("pipx", "install"): _pipx,
    ("pipx", "inject"): _pipx,
    ("apt", "install"): _system,
    ("apk", "add"): _system,
    ("dnf", "install"): _system,
    ("gem", "install"): _system,
}


def wrapper_installs(
    entry: Mapping[str, Any], arguments: Arguments, rest: Words, env: Environment
) -> InstallReading | None:
    """What ``uv run``, ``uvx``, ``pipx run`` or ``pixi run`` install before they run the command."""
    kind = entry.get("installs")
    if kind == "uv":
        return _uv_run(arguments, env)
    if kind == "pixi":
        return InstallReading(
            "pixi", lock_files=("pixi.lock",), requires_hashes=True, frozen=arguments.has("--locked", "--frozen")
        )
    if kind not in ("uvx", "pipx"):
        return None
    first = arguments.last("--from", "--spec") if arguments.has("--from", "--spec") else rest.first
    if kind == "pipx" and first is not None and first.endswith(".py"):
        return None
    packages = (first, *_listed(arguments, "--with"))
    return InstallReading("uv" if kind == "uvx" else "pipx", scope="tool", packages=packages)


def _uv_run(arguments: Arguments, env: Environment) -> InstallReading | None:
    still = arguments.has("--no-sync") or _on(env, "UV_NO_SYNC")
    if still and not arguments.has("--with"):
        return None
    project = not arguments.has("--no-project") and not still
    frozen = arguments.has("--locked", "--frozen") or _on(env, "UV_LOCKED") or _on(env, "UV_FROZEN")
    return InstallReading(
        "uv",
        lock_files=("uv.lock",) if project else arguments.all("--with-requirements"),
        requires_hashes=project,
        verifies=project,  # its documentation promises no check of hashes for such files
        frozen=frozen,
        packages=_listed(arguments, "--with"),
        constraints=arguments.all("--with-requirements") if project else (),
        upgrade=arguments.has("--upgrade", "--upgrade-package"),
    )


def _on(env: Environment, name: str) -> bool:
    return env.get(name) not in (None, "") and not is_false(env.get(name))


def _listed(arguments: Arguments, option: str) -> Values:
    found: list[str | None] = []
    for value in arguments.all(option):
        if value is None or HOLE in value:
            found.append(None)
        else:
            found.extend(item.strip() for item in value.split(",") if item.strip())
    return tuple(found)
