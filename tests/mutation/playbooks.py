"""Damage to what sets up machines: plays, the tasks and handlers of roles, their variables, templates and collections."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import yaml

from mutation import yaml_edits as edit
from mutation.operators import Change, Files, changed, is_playbook, keys, line_of, lines, mutant, note

TOKEN = "Kq7vX2mB9tLr4WzP8dNc"
COMMANDS = ("ansible.builtin.command", "ansible.builtin.shell")
Text = Callable[[str, edit.Item], str | None]


def some(*names: str) -> frozenset[str]:
    return frozenset(names)


AGAIN = some("idempotent:tasks")
NAMED = some("named:plays")
PACKAGES = some("pinned:package")
COLLECTIONS = some("pinned:collection")
LOG = some("secret-scope:tasks")
HOST = some("least-privilege:host")
HEARD = some("blocking:tasks")
BATCHES = some("progressive:batches")
OUTSIDE = some("params-external:plays")
SECRET = some("secret-source:plays", "no-literal-secret")


def is_role_file(path: str) -> bool:
    return is_playbook(path) and ("/tasks/" in path or "/handlers/" in path or path.endswith("/site.yml"))


def is_defaults(path: str) -> bool:
    return is_playbook(path) and ("/defaults/" in path or "/vars/" in path)


def is_collections(path: str) -> bool:
    return path.endswith("/requirements.yml") and "ansible" in path


def is_unit(path: str) -> bool:
    return path.endswith(".service.j2")


def module_of(node: yaml.Node) -> edit.Entry | None:
    """The entry of a task that names its module."""
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if "." in key.value:
            return edit.Entry((key.value,), key, value, node)
    return None


def tasks(text: str) -> Iterator[edit.Item]:
    """The tasks and handlers of a file, those of blocks and plays too."""
    for one in edit.walk(edit.tree(text)):
        if isinstance(one, edit.Item) and module_of(one.node) is not None:
            yield one


def task(name: str, attacks: frozenset[str], new: Text, targets: frozenset[str] = frozenset()) -> None:
    """An operator on each task; ``new`` gets the text of the file and the task."""

    def apply(files: Files) -> Iterator[Change]:
        for path in sorted(filter(is_role_file, files)):
            for one in tasks(files[path]):
                yield from changed(files, path, new(files[path], one), line_of(one))

    note(name, attacks, apply, targets)


def entry_of(item: edit.Item, *path: str) -> edit.Entry | None:
    """An entry inside of a task; ``*`` for the module."""
    node: yaml.Node = item.node
    found: edit.Entry | None = None
    for name in path:
        found = module_of(node) if name == "*" else None
        for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
            if key.value == name:
                found = edit.Entry((name,), key, value, node)
        if found is None:
            return None
        node = found.value
    return found


def is_module(item: edit.Item, *names: str) -> bool:
    found = module_of(item.node)
    return found is not None and found.key.value in names


def leave_out(*path: str, of: tuple[str, ...] = ()) -> Text:
    def new(text: str, item: edit.Item) -> str | None:
        found = entry_of(item, *path)
        return edit.without(text, found) if found is not None and (not of or is_module(item, *of)) else None

    return new


def set_to(value: str, *path: str) -> Text:
    def new(text: str, item: edit.Item) -> str | None:
        found = entry_of(item, *path)
        return edit.with_value(text, found, value) if found is not None else None

    return new


def say(line: str, unless: str = "", of: tuple[str, ...] = ()) -> Text:
    def new(text: str, item: edit.Item) -> str | None:
        if (unless and unless in keys(item.node)) or (of and not is_module(item, *of)):
            return None
        return edit.with_entry(text, item.node, line)

    return new


# -- tasks ----------------------------------------------------------------------------------------------------------------

task("a task without a name", NAMED, leave_out("name"))
task("a module by its short name", NAMED, lambda text, item: _short(text, item))
task("arguments in one line", NAMED, lambda text, item: _one_line(text, item))
task("a task is done again", AGAIN, leave_out("*", "creates", of=COMMANDS))
task("a question counts as a change", AGAIN, leave_out("changed_when"))
task("done whatever the answer is", AGAIN, leave_out("when"))
task("said to change nothing", AGAIN, lambda text, item: _silenced(text, item))
task("whatever is newest", PACKAGES, set_to("latest", "ansible.builtin.apt", "state"))
task("nobody compares the archive", PACKAGES, leave_out("*", "checksum"))
task("errors are ignored", HEARD, say("ignore_errors: true"))
task("never a failure", HEARD, say("failed_when: false", "failed_when", COMMANDS))
task("the failure of the command is lost", HEARD, lambda text, item: _swallowed(text, item))
task("the token is shown", LOG, leave_out("no_log"))
task("the log is switched on", LOG, set_to("false", "no_log"))
task("rights left to chance", OUTSIDE, leave_out("*", "mode"))
task("rules that nobody tries", OUTSIDE, leave_out("*", "validate"))
task("told by the name of a machine", OUTSIDE | HEARD, say("when: inventory_hostname == 'gpu-prod-2'", "when"), OUTSIDE)
task("told by the environment", OUTSIDE | HEARD, say("when: \"'production' in group_names\"", "when"), OUTSIDE)
task("a member of sudo", HOST, lambda text, item: _member(text, item))


def _short(text: str, item: edit.Item) -> str | None:
    found = module_of(item.node)
    if found is None or not found.key.value.startswith("ansible.builtin."):
        return None
    start, end = found.key.start_mark.index, found.key.end_mark.index
    return text[:start] + found.key.value.rpartition(".")[2] + text[end:]


def _one_line(text: str, item: edit.Item) -> str | None:
    found = module_of(item.node)
    if found is None or not isinstance(found.value, yaml.MappingNode) or found.key.value in COMMANDS:
        return None
    parts = [(key.value, value) for key, value in found.value.value]
    if any(not isinstance(value, yaml.ScalarNode) or re.search(r"\s|['\"]", value.value) for _, value in parts):
        return None
    line = " ".join(f"{key}={value.value}" for key, value in parts)
    indent = " " * found.key.start_mark.column
    return f"{text[: found.key.start_mark.index]}{found.key.value}: >-\n{indent}  {line}\n{text[edit._end(text, found.value):]}"


def _silenced(text: str, item: edit.Item) -> str | None:
    """A command that changes something, and says that it did not."""
    known = entry_of(item, "when")
    return edit.with_entry(text, item.node, "changed_when: false") if known is not None else None


def _swallowed(text: str, item: edit.Item) -> str | None:
    found = module_of(item.node)
    if found is None or found.key.value != COMMANDS[0] or not isinstance(found.value, yaml.ScalarNode):
        return None
    start, end = found.key.start_mark.index, found.value.end_mark.index
    return f"{text[:start]}{COMMANDS[1]}: {found.value.value} || true{text[end:]}"


def _member(text: str, item: edit.Item) -> str | None:
    found = module_of(item.node)
    if found is None or found.key.value != "ansible.builtin.user":
        return None
    given = entry_of(item, "*", "groups")
    if given is not None:
        return edit.with_value(text, given, "sudo")
    return edit.with_entry(text, found.value, "groups: sudo")


@mutant("nobody cleans up", HOST)
def nobody_cleans_up(files: Files) -> Iterator[Change]:
    """What a job leaves is found by the next one: no clean-up, and no end after one job."""
    for path in sorted(filter(is_role_file, files)):
        for one in tasks(files[path]):
            if is_module(one, "ansible.builtin.cron"):
                yield from changed(files, path, edit.without_item(files[path], one), line_of(one))
        yield from changed(files, path, files[path].replace(" --ephemeral", ""), "ephemeral")


@mutant("a rescue that goes on", HEARD)
def rescue_goes_on(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_role_file, files)):
        for one in tasks(files[path]):
            if is_module(one, "ansible.builtin.fail"):
                yield from changed(files, path, edit.without_item(files[path], one), line_of(one))


@mutant("the token is printed", LOG)
def token_printed(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_role_file, files)):
        found = re.search(r"--token (\{\{ \w+ \}\})", files[path])
        if found is not None:
            line = f'\n- name: Show it\n  ansible.builtin.debug:\n    msg: "{found[1]}"\n'
            yield from changed(files, path, files[path].rstrip("\n") + "\n" + line, "end")


lines("a token in the task", SECRET | LOG, is_role_file, r"(--token )\{\{ \w+ \}\}", rf"\g<1>{TOKEN}", SECRET)
lines("a package without its version", PACKAGES, is_role_file, r"^(\s+- [\w-]+)=\{\{.*\}\}$", r"\1")
lines("every command as root", HOST, is_role_file, r"NOPASSWD: \S.*?(?=\\n|$)", "NOPASSWD: ALL")
lines("every command as root (sudoers)", HOST, is_role_file, r"^(\s+commands: ).*$", r"\1ALL")
lines("all machines at once", BATCHES, is_role_file, r"^\s+serial: .*\n", "")
lines("nearly all machines at once", BATCHES, is_role_file, r"^(\s+serial: ).*$", r'\1"100%"')
lines("a batch as large as the group", BATCHES, is_role_file, r"^(\s+serial: ).*$", r"\g<1>2")
lines("failures are counted by nobody", BATCHES, is_role_file, r"^\s+(?:max_fail_percentage|any_errors_fatal): .*\n", "")
lines("all may fail", BATCHES, is_role_file, r"^(\s+max_fail_percentage: ).*$", r"\g<1>100")


@mutant("nobody looks after a restart", BATCHES | HEARD, BATCHES)
def nobody_looks(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_role_file, files)):
        text = files[path]
        for one in tasks(text):
            found = module_of(one.node)
            asks = re.search(r"^- name: Wait|^    - name: Wait", text[text.rfind("\n", 0, one.node.start_mark.index) + 1 :])
            if found is not None and asks is not None and asks.start() == 0:
                new = edit.without_item(text, one)
                if new is None:  # the only one of its list
                    start = text.rfind("\n", 0, one.node.start_mark.index)
                    new = text[: text.rfind("\n", 0, start) + 1]
                yield from changed(files, path, new.replace("  notify: Wait for the runner\n", ""), line_of(one))


# -- variables, templates, collections ----------------------------------------------------------------------------------

lines("any version of a package", PACKAGES, is_defaults, r"^(\w+_(?:driver|toolkit|docker)_version: )(\d+)\S*$", r'\1"\2*"')
lines("a token in the defaults", SECRET, is_defaults, r"^(\w*token: ).*$", rf"\1{TOKEN}")
lines("a collection without a version", COLLECTIONS, is_collections, r"^\s+version: .*\n", "")
lines("a collection without an upper end", COLLECTIONS, is_collections, r'^(\s+version: )(?:"?>=)?([\d.]+).*$', r'\1">=\2"')
lines("any collection", COLLECTIONS, is_collections, r"^(\s+version: ).*$", r'\1"*"')
lines("jobs of root", HOST, is_unit, r"^User=.*$", "User=root")
lines("jobs of nobody in particular", HOST, is_unit, r"^User=.*\n", "")
lines("a number in the template", OUTSIDE, lambda path: path.endswith(".env.j2"), r"\{\{.*\}\}", "2")


@mutant("a vault in name only", SECRET)
def opened(files: Files) -> Iterator[Change]:
    for path in sorted(filter(is_playbook, files)):
        if files[path].startswith("$ANSIBLE_VAULT"):
            yield from changed(files, path, f"vault_runner_token: {TOKEN}\n", "1")
        found = re.search(r"^(\w+: )!vault \|\n(?:\s+.*\n)+", files[path], flags=re.MULTILINE)
        if found is not None:
            text = files[path].replace(found[0], f"{found[1]}{TOKEN}\n")
            yield from changed(files, path, text, str(files[path].count("\n", 0, found.start()) + 1))
