"""Tasks, blocks and handlers, with the files and roles that they take in put in place.

Ansible documentation, "Playbook Keywords" (Task, Block, Role), "Re-using Ansible artifacts", "ansible.builtin".
"""

from __future__ import annotations

from collections.abc import Mapping as Values

from gradeline.model.playbook import Block, Setting, Task
from gradeline.readers.ansible.files import MAX_DEPTH, MAX_TASKS, Ansible, clean, setting, settings
from gradeline.readers.ansible.modules import FREE, KEYWORDS, full_name, words
from gradeline.source import Span
from gradeline.syntax.yaml import Mapping, Resolved, Scalar, Sequence

_TASKS = ("ansible.builtin.import_tasks", "ansible.builtin.include_tasks", "ansible.builtin.include")
_ROLES = ("ansible.builtin.import_role", "ansible.builtin.include_role")
# What tasks inherit from blocks and from what takes them in; a `when` holds besides their own.
_INHERITED = ("become", "become_user", "check_mode", "environment", "ignore_errors", "no_log", "remote_user", "tags",
              "when", "delegate_to")  # fmt: skip


class Reader:
    """Reads the tasks of one play.  ``values`` grows by what roles and files of variables say."""

    def __init__(
        self, ansible: Ansible, path: str, inherited: Values[str, Setting], values: dict[str, Setting]
    ) -> None:
        self.ansible = ansible
        self.values = values
        self.handlers: list[Task | Block] = []
        self._folder = path.rpartition("/")[0]  # of the playbook: roles and files are looked for beside it
        self._here = self._folder  # of the file that is being read
        self._inherited = dict(inherited)
        self._role = ""
        self._way: list[str] = []

    def tasks(self, node: Resolved | None) -> tuple[Task | Block, ...]:
        """The entries of a list of tasks."""
        found: list[Task | Block] = []
        for item in node.values() if isinstance(node, Sequence) else ():
            self.ansible.tasks += 1
            if self.ansible.tasks > MAX_TASKS:
                self.ansible.say("too-many-tasks", f"Only {MAX_TASKS} tasks are read.", item.span)
                break
            if not isinstance(item, Mapping):
                self.ansible.say("not-a-task", "A task needs keys and values here.", item.span)
            elif item.key("block") is not None:
                found.append(self._block(item))
            else:
                found += self._task(item)
        return tuple(found)

    def role(self, name: Setting, own: Mapping | None) -> tuple[tuple[Task | Block, ...], tuple[Task | Block, ...]]:
        """Tasks and handlers of a role; what is not in the submission is noted."""
        found = settings(own)
        entry = found.get("tasks_from")
        folder = None if name.computed or not name.text else self._role_folder(name.text)
        if folder is None:
            if not self.ansible.is_listed(name.text):
                shown = name.text[:60] or "?"
                self.ansible.hide(name.span, f"the role `{shown}` is not in the submission")
            return (), ()
        if folder in self._way or len(self._way) >= MAX_DEPTH:
            self.ansible.say("include-cycle", f"The role `{name.text[:60]}` takes in itself.", name.span)
            return (), ()
        saved = (self._here, self._inherited, self._role)
        self._role = name.text
        self._inherited = self._merged(found)
        self._way.append(folder)
        for part in ("defaults", "vars"):
            path = self._main(folder, part)
            if path is not None:
                self._take_values(path, keep=part == "defaults")
        self._here = f"{folder}/tasks"
        before: tuple[Task | Block, ...] = ()
        meta = self._main(folder, "meta")
        root = self.ansible.root(meta) if meta is not None else None
        for other in _names(root.get("dependencies") if isinstance(root, Mapping) else None):
            more, their = self.role(other, None)
            before += more
            self.handlers += their
            self._role = name.text
        file = entry.text if entry is not None and entry.text else "main"
        path = self.ansible.first(*(f"{folder}/tasks/{file}{end}" for end in ("", ".yml", ".yaml")))
        tasks = self.tasks(self.ansible.root(path)) if path is not None else ()
        self._here = f"{folder}/handlers"
        path = self._main(folder, "handlers")
        handlers = self.tasks(self.ansible.root(path)) if path is not None else ()
        self._way.pop()
        self._here, self._inherited, self._role = saved
        return (*before, *tasks), handlers

    def values_from(self, given: Setting, folder: str) -> None:
        """Take the variables of a file that a play or a task names."""
        names = [f"{folder}/{given.text}", f"{folder}/vars/{given.text}", f"{self._folder}/{given.text}"]
        if self._way:
            names.insert(0, f"{self._way[-1]}/vars/{given.text}")
        path = None if given.computed else self.ansible.first(*(name.lstrip("/") for name in names))
        if path is None:
            self.ansible.hide(given.span, f"the variables of `{given.text[:60]}` are not in the submission")
        else:
            self._take_values(path)

    def _take_values(self, path: str, keep: bool = False) -> None:
        """``keep``: what is known already is stronger (Ansible documentation, "Variable precedence")."""
        found = settings(self.ansible.root(path))
        self.values.update({name: one for name, one in found.items() if not (keep and name in self.values)})

    def _block(self, item: Mapping) -> Block:
        own = {name: one for name, one in settings(item).items() if name not in ("block", "rescue", "always")}
        saved = self._inherited
        self._inherited = self._merged(own)
        parts = [self._deeper(item.get(name)) for name in ("block", "rescue", "always")]
        self._inherited = saved
        title = own.get("name")
        return Block(item.span, title.text if title is not None else "", *parts)

    def _deeper(self, node: Resolved | None) -> tuple[Task | Block, ...]:
        if len(self._way) >= MAX_DEPTH:
            if node is not None:
                self.ansible.hide(node.span, "blocks and files lie too deep in each other")
            return ()
        self._way.append(self._way[-1] if self._way else "")
        try:
            return self.tasks(node)
        finally:
            self._way.pop()

    def _task(self, item: Mapping) -> tuple[Task | Block, ...]:
        entries = {key.value: (key, value) for key, value in item.items()}
        modules = [name for name in entries if name not in KEYWORDS and not name.startswith("with_")]
        if "action" in entries or "local_action" in entries:
            task = self._by_action(item, entries)
        elif not modules:
            self.ansible.say("no-module", "This task names no module, so it does nothing.", item.span)
            return ()
        else:
            key, value = entries[modules[0]]
            if len(modules) > 1:
                other = entries[modules[1]][0]
                message = f"This task names two modules; `{other.value[:60]}` is one of them."
                self.ansible.say("no-module", message, other.span)
            task = self._made(item, key.value, key.span, value)
        return self._in_place(task)

    def _by_action(self, item: Mapping, entries: Values[str, tuple[Scalar, Resolved]]) -> Task:
        key, value = entries.get("action") or entries["local_action"]
        if isinstance(value, Mapping):
            name = setting("module", value.get("module"), key.span).text
            return self._made(item, name, key.span, value)
        text = value.value if isinstance(value, Scalar) else ""
        name, _, rest = text.strip().partition(" ")
        return self._made(item, name, key.span, value, rest)

    def _made(self, item: Mapping, written: str, span: Span, value: Resolved, text: str | None = None) -> Task:
        module = full_name(written)
        arguments = settings(value) if isinstance(value, Mapping) else {}
        free: Setting | None = None
        if isinstance(value, Scalar):
            said = setting("free", value, span)
            line = said.text if text is None else text
            given, rest = words(line, module in FREE)
            arguments = {
                name: Setting(name, value.span, one, computed="{{" in one or "{%" in one) for name, one in given.items()
            }
            free = Setting("free", value.span, rest, computed=said.computed, sealed=said.sealed) if rest else None
        elif "cmd" in arguments and module in FREE:
            free = arguments["cmd"]
        arguments |= settings(item.get("args"))
        own = {name: one for name, one in settings(item).items() if name in KEYWORDS or name.startswith("with_")}
        title = own.get("name")
        keywords = self._merged(own)
        return Task(
            item.span, title.text if title is not None else "", module, written, span, arguments, free, keywords,
            frozenset(own), self._role, isinstance(value, Scalar) and module not in FREE and bool(arguments),
        )  # fmt: skip

    def _in_place(self, task: Task) -> tuple[Task | Block, ...]:
        """What an import or include brings; the task itself for everything else."""
        given = task.arguments.get("file") or task.free or task.arguments.get("_raw_params")
        if task.module in _TASKS:
            return self._included(task, given)
        if task.module in _ROLES:
            name = task.arguments.get("name") or Setting("name", task.span)
            saved, self._inherited = self._inherited, self._merged({n: task.keywords[n] for n in task.own})
            tasks, handlers = self.role(name, None)
            self._inherited = saved
            self.handlers += handlers
            return tasks
        if task.module == "ansible.builtin.include_vars" and given is not None:
            self.values_from(given, self._here)
        return (task,)

    def _included(self, task: Task, given: Setting | None) -> tuple[Task | Block, ...]:
        text = given.text.split(" ")[0] if given is not None and given.text else ""
        path = None if given is None or "{{" in given.text else self.ansible.first(
            *(f"{folder}/{text}".lstrip("/") for folder in (self._here, self._folder, f"{self._folder}/tasks"))
        )  # fmt: skip
        if path is None:
            shown = given.text[:60] if given is not None and given.text else "?"
            self.ansible.hide(task.span, f"the tasks of `{shown}` are not in the submission")
            return ()
        if path in self._way or len(self._way) >= MAX_DEPTH:
            self.ansible.say("include-cycle", f"`{text[:60]}` takes in itself.", task.span)
            return ()
        saved = (self._here, self._inherited)
        self._here, self._inherited = path.rpartition("/")[0], self._merged({n: task.keywords[n] for n in task.own})
        self._way.append(path)
        tasks = self.tasks(self.ansible.root(path))
        self._way.pop()
        self._here, self._inherited = saved
        return tasks

    def _merged(self, own: Values[str, Setting]) -> dict[str, Setting]:
        return {**{name: one for name, one in self._inherited.items() if name in _INHERITED}, **own}

    def _role_folder(self, name: str) -> str | None:
        places = (f"{self._folder}/roles/{name}", f"roles/{name}", f"{self._folder}/{name}", f"ansible/roles/{name}")
        return next((clean(one.lstrip("/")) for one in places if self.ansible.has_folder(one.lstrip("/"))), None)

    def _main(self, folder: str, part: str) -> str | None:
        return self.ansible.first(*(f"{folder}/{part}/main{end}" for end in (".yml", ".yaml", "")))


def _names(node: Resolved | None) -> list[Setting]:
    found: list[Setting] = []
    for one in node.values() if isinstance(node, Sequence) else ():
        named = (one.get("role") or one.get("name") or one.get("src")) if isinstance(one, Mapping) else one
        found.append(setting("role", named, one.span))
    return found
