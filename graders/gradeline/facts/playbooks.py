"""What the tasks of playbooks really do: whether a failure stops the play, how firmly something is installed, what
a second run changes, what is printed.

Ansible documentation, "Error handling in playbooks", "Blocks", "Tags", "Protecting sensitive data with no_log";
ansible-lint documentation, rules ``ignore-errors``, ``package-latest``, ``no-changed-when``, ``no-log-password``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from gradeline.facts.credential_values import credential_name
from gradeline.model.playbook import Block, Play, Playbooks, Setting, Task
from gradeline.records import record
from gradeline.source import Span

COMMANDS = frozenset(f"ansible.builtin.{name}" for name in ("command", "shell", "raw", "script"))
_PACKAGES: Mapping[str, str] = {
    **{f"ansible.builtin.{name}": "name" for name in ("apt", "dnf", "dnf5", "yum", "package", "pip")},
    "community.general.npm": "name", "community.general.snap": "name", "community.general.apk": "name",
    "community.general.gem": "name",
}  # fmt: skip
_VALUE = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:\|\s*(?:string|quote|trim)\s*)*\}\}")
# A star that leaves one release of the program and any build of the package: 1.17.8-*, 5:27.3.1*
_ONLY_THE_PACKAGING = re.compile(r"\d\.\d[^*]{0,40}[-~+][^*]{0,40}\*|\d\.\d{1,9}\.\d{1,9}\*")
_MOVING = ("latest", "main", "master", "head", "*", "stable", "devel")
_VERSION = re.compile(r"v?\d+(?:[._:~+-][0-9A-Za-z]+)*\Z")
_UPPER = re.compile(r"==|=|<|~=")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_STRING = re.compile(r"\"[^\"]*\"|'[^']*'")
_LOOKUP = re.compile(r"(?:lookup|query|q)\(\s*['\"]([A-Za-z0-9_.]+)['\"]")
_DEFAULT = re.compile(r"default\(\s*(true|false|yes|no)\b", re.IGNORECASE)
# Whether there is a secret is no secret.
_ASKS_ONLY = re.compile(r"\bis\s+(?:not\s+)?defined\b|\|\s*length\b")
_STORES = ("hashi_vault", "vault_kv2_get", "vault_kv1_get", "vault_read", "passwordstore", "onepassword", "bitwarden",
           "aws_secret", "secretsmanager_secret", "ssm_parameter", "aws_ssm", "sops", "password",
           "azure_keyvault_secret", "gcp_secret_manager")  # fmt: skip
# They only say what is so, and print nothing they are given that is a secret's value.
_SILENT = frozenset({"ansible.builtin.assert", "ansible.builtin.include_vars", "ansible.builtin.meta"})
_RERAISES = ("ansible.builtin.fail", "ansible.builtin.assert")


@record
class Found:
    """A task, or an entry of a list of requirements, and what is the matter with it.  ``certain`` is false where
    the files do not tell."""

    span: Span
    name: str
    sentence: str
    certain: bool = True


def chosen(playbooks: Playbooks, patterns: Iterable[str] | None) -> tuple[Play, ...]:
    """The plays whose playbook matches one of the patterns; all of them without any."""
    wanted = tuple(patterns or ("*",))
    return tuple(play for play in playbooks.plays if any(fnmatchcase(play.path, one) for one in wanted))


def live(play: Play) -> Iterator[tuple[Task, tuple[Block, ...]]]:
    """The tasks of a play that run without anybody asking for them by a tag."""
    return ((task, blocks) for task, blocks in play.walk() if not is_never(task))


def is_never(task: Task) -> bool:
    """Whether the tag ``never`` keeps it from running (Ansible documentation, "Tags", Special tags)."""
    tags = task.keywords.get("tags")
    return tags is not None and ("never" in tags.parts or "never" in re.split(r"[,\s]+", tags.text))


def said(text: str, play: Play) -> str | None:
    """A text with the values of variables and defaults put in; None when one of them is not known."""
    for _ in range(4):
        match = _VALUE.search(text)
        if match is None:
            break
        value = play.values.get(match.group(1))
        if value is None or value.sealed or (not value.text and not value.computed):
            return None
        text = text[: match.start()] + value.text + text[match.end() :]
    return None if "{{" in text or "{%" in text else text


# --- failures ---------------------------------------------------------------------------------------


def tolerated(play: Play) -> Iterator[Found]:
    """The tasks whose failure nobody hears of: ``ignore_errors``, ``failed_when: false``, a rescue that goes on."""
    for task, blocks in live(play):
        ignore = task.keywords.get("ignore_errors")
        if ignore is not None and ignore.computed:
            yield Found(ignore.span, title(task), "whether its failure counts is decided by a template", False)
        elif ignore is not None and ignore.truth:
            yield Found(ignore.span, title(task), "its failure is ignored")
        failed = task.keywords.get("failed_when")
        if failed is not None and failed.truth is False:
            yield Found(failed.span, title(task), "it is said never to fail")
        for name in ("free", "cmd"):
            words = task.free if name == "free" else task.arguments.get("cmd")
            if task.module == "ansible.builtin.shell" and words is not None and _swallows(words.text):
                yield Found(words.span, title(task), "the shell hides its failure")
                break
        block = next((one for one in reversed(blocks) if one.rescue), None)
        if block is not None and not _raises_again(block):
            yield Found(block.rescue[0].span, title(task), "a rescue goes on as if nothing had happened")


def _swallows(text: str) -> bool:
    last = text.strip().rpartition("||")
    return bool(last[1]) and last[2].strip() in ("true", ":", "exit 0", "/bin/true")


def _raises_again(block: Block) -> bool:
    """Whether the rescue ends in a failure of its own, at its own level and without a condition."""
    return any(
        isinstance(item, Task) and item.module in _RERAISES and not _waived(item) for item in block.rescue
    )


def _waived(task: Task) -> bool:
    ignore, when = task.keywords.get("ignore_errors"), task.keywords.get("when")
    return (ignore is not None and ignore.truth is not False) or (when is not None and "when" in task.own)


# --- secrets ----------------------------------------------------------------------------------------


def shown_secrets(play: Play) -> Iterator[Found]:
    """The tasks that handle a secret and may print it: Ansible shows the arguments of a task when it fails, when
    somebody asks for details, and to every callback, unless ``no_log`` is true."""
    for task, secret in secret_tasks(play):
        hidden = task.keywords.get("no_log")
        truth = _hides(hidden, play)
        if hidden is None:
            yield Found(task.module_span, title(task), f"it is given `{secret}`, and nothing keeps that out of the log")
        elif truth is False:
            yield Found(hidden.span, title(task), f"it is given `{secret}`, and `no_log` is false")
        elif truth is None:
            sentence = f"whether `{secret}` is kept out of the log is not in the files"
            yield Found(hidden.span, title(task), sentence, False)


def secret_tasks(play: Play) -> Iterator[tuple[Task, str]]:
    """The tasks that are given a secret, with its name."""
    for task, _ in live(play):
        if task.module in _SILENT:
            continue
        texts = [text for one in task.arguments.values() for text in (one.text, *one.parts, *one.words)]
        own = [task.keywords[name] for name in ("environment", "vars") if name in task.keywords]
        texts += [text for one in own for text in (one.text, *one.parts, *one.words)]
        texts += [task.free.text] if task.free is not None else []
        secret = next((name for text in texts for name in _secrets(text, play)), None)
        sealed = next((name for name, one in task.arguments.items() if one.sealed), None)
        if secret or sealed:
            yield task, secret or sealed or ""


def _secrets(text: str, play: Play) -> Iterator[str]:
    """The names of secrets that a template puts in: variables that are sealed or named so, and looked-up ones."""
    for inner in _holes(text):
        yield from looked_up(inner)
        if _ASKS_ONLY.search(inner):
            continue
        for name in _NAME.findall(_STRING.sub("", inner)):
            value = play.values.get(name)
            if (value is not None and value.sealed) or credential_name(name.removeprefix("vault_")) is not None:
                yield name


def is_store(module: str) -> bool:
    """Whether a plugin or a module asks a store of secrets."""
    return module.rpartition(".")[2] in _STORES or module.startswith("community.hashi_vault.")


def looked_up(inner: str) -> Iterator[str]:
    """What an expression asks a store for, or the environment by a name that is a secret's."""
    for name in _LOOKUP.findall(inner):
        plugin = name.rpartition(".")[2]
        if is_store(name):
            yield name
        elif plugin == "env":
            yield from (one[1:-1] for one in _STRING.findall(inner) if credential_name(one[1:-1]) is not None)


def _holes(text: str) -> Iterator[str]:
    """What stands between ``{{`` and ``}}``."""
    start = text.find("{{")
    while start >= 0:
        stop = text.find("}}", start)
        if stop < 0:
            return
        yield text[start + 2 : stop]
        start = text.find("{{", stop)


def _hides(setting: Setting | None, play: Play) -> bool | None:
    """Whether ``no_log`` is on; a variable counts with its default."""
    if setting is None or not setting.computed:
        return setting.truth if setting is not None else None
    default = _DEFAULT.search(setting.text)
    name = _NAME.search(setting.text)
    value = play.values.get(name.group()) if name else None
    if value is not None:
        return value.truth
    return default.group(1).lower() in ("true", "yes") if default else None


# --- versions ---------------------------------------------------------------------------------------


def loose_packages(play: Play, counted: Iterable[str] = ("*",)) -> Iterator[Found]:
    """What plays install without saying which release: packages, downloads, repositories.

    ``counted`` are patterns of the names of packages that need a version.  One that settings of apt pin has it there
    (apt_preferences(5)).  One that is held keeps what it got first, and the next machine gets what is newest by then
    (dpkg(1), --set-selections).
    """
    wanted = tuple(counted)
    held = tuple(_held(play))
    for task, _ in live(play):
        if task.module in _PACKAGES:
            yield from _package(play, task, wanted, held)
        elif task.module == "ansible.builtin.get_url":
            yield from _download(play, task)
        elif task.module == "ansible.builtin.git":
            yield from _checkout(play, task)


def installs(play: Play) -> tuple[Task, ...]:
    """The tasks that fetch programs from elsewhere."""
    fetched = (*_PACKAGES, "ansible.builtin.get_url", "ansible.builtin.git")
    return tuple(task for task, _ in live(play) if task.module in fetched and _state(task) != "absent")


def _state(task: Task) -> str:
    state = task.arguments.get("state")
    return state.text if state is not None else ""


def _held(play: Play) -> Iterator[str]:
    """Patterns of packages whose version apt is told; ``?`` when a file that is not here decides."""
    for task, _ in live(play):
        target = task.arguments.get("dest") or task.arguments.get("path")
        if target is not None and target.text.startswith("/etc/apt/preferences"):
            content = task.arguments.get("content")
            yield from _pinned(content.text) if content is not None else ("?",)


def _pinned(text: str) -> Iterator[str]:
    for stanza in re.split(r"\n\s*\n", text):
        if re.search(r"(?m)^Pin:\s*version\s+\S*\d", stanza):
            for line in re.findall(r"(?m)^Package:(.*)$", stanza):
                yield from line.split()


def _package(play: Play, task: Task, counted: tuple[str, ...], held: tuple[str, ...]) -> Iterator[Found]:
    state = _state(task)
    if state == "absent":
        return
    place = task.arguments.get("state")
    if task.module == "ansible.builtin.pip" and "requirements" in task.arguments:
        return  # the file it names says the versions
    names = next((task.arguments[one] for one in ("name", "pkg", "deb") if one in task.arguments), None)
    version = task.arguments.get("version")
    if names is None or (version is not None and _is_firm(said(version.text, play))):
        return
    for text in _names(names, task, play):
        known = said(text, play)
        shown = text[:60]
        package = re.split(r"[=<>~! ]", text.strip(), maxsplit=1)[0]
        if not any(fnmatchcase(package, pattern) for pattern in counted):
            continue
        if state == "latest":
            yield Found((place or names).span, title(task), "it takes whatever is newest (`state: latest`)")
        elif any(fnmatchcase(package, pattern) for pattern in held):
            continue
        elif known is None:
            yield Found(names.span, title(task), f"the version of `{shown}` is not in the files", False)
        elif not _has_version(known):
            if "?" in held:
                yield Found(names.span, title(task), f"a file that is not here may pin `{shown}`", False)
            else:
                yield Found(names.span, title(task), f"`{shown}` has no version")


def _names(names: Setting, task: Task, play: Play) -> tuple[str, ...]:
    """The packages of a task: a list, a text, or the items of its loop."""
    found = names.parts or tuple(one.strip() for one in names.text.split(","))
    loop = next((task.keywords[one] for one in ("loop", "with_items", "with_list") if one in task.keywords), None)
    if loop is not None and any("item" in one for one in found):
        return tuple(re.sub(r"\{\{\s*item\s*\}\}", part, one) for one in found for part in loop.parts) or found
    listed: list[str] = []
    for one in found:
        match = _VALUE.fullmatch(one.strip())
        value = play.values.get(match.group(1)) if match else None
        listed += value.parts if value is not None and value.parts else [one]
    return tuple(listed)


def _has_version(text: str) -> bool:
    """``nginx=1.24.0``, ``churn==1.2``, ``docker-ce-27.1``, a file or an address of one release."""
    if "://" in text or text.startswith(("/", "@")):
        return bool(re.search(r"\d\.\d", text))
    _, equals, version = re.sub(r"\s", "", text).partition("=")
    if equals:
        return _is_firm(version.lstrip("="))
    return bool(re.search(r"-\d+[.:]\d", text))


def _is_firm(version: str | None) -> bool:
    if version is None or version.lower() in _MOVING or not any(map(str.isdigit, version)):
        return False
    return "*" not in version or _ONLY_THE_PACKAGING.search(version) is not None


def _download(play: Play, task: Task) -> Iterator[Found]:
    checksum, url = task.arguments.get("checksum"), task.arguments.get("url")
    if checksum is None:
        place = url or task.arguments.get("dest")
        sentence = "what it downloads is not compared with a checksum"
        yield Found(place.span if place else task.span, title(task), sentence)
    elif said(checksum.text, play) is None:
        yield Found(checksum.span, title(task), "its checksum is not in the files", False)


def _checkout(play: Play, task: Task) -> Iterator[Found]:
    version = task.arguments.get("version")
    if version is None:
        yield Found(task.span, title(task), "it takes the newest commit")
        return
    known = said(version.text, play)
    if known is None:
        yield Found(version.span, title(task), "its commit is not in the files", False)
    elif not _is_firm(known):
        yield Found(version.span, title(task), f"`{known[:60]}` is a branch, which moves")


def loose_requirements(playbooks: Playbooks) -> Iterator[Found]:
    """Collections and roles from elsewhere whose version may change under a reader."""
    for one in playbooks.requirements:
        version = (one.version or "").strip()
        if not version or version.lower() in _MOVING:
            sentence = f"the {one.kind} `{one.name[:60]}` has no version" if not version else f"`{version}` moves"
            yield Found(one.span, one.name, sentence)
        elif version.startswith((">", "!=")) and not _UPPER.search(version.lstrip(">!=")):
            yield Found(one.span, one.name, f"`{version[:40]}` has no upper end")
        elif not _VERSION.match(version) and not re.search(r"\d", version):
            yield Found(one.span, one.name, f"`{version[:40]}` is a branch, which moves")


def title(task: Task) -> str:
    """How people call a task."""
    return task.name or task.written
