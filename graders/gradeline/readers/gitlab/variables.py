"""CI/CD variables: who defines them, and texts that use them.

GitLab Docs, "Where variables can be used" and "CI/CD variables", Expand variables; gitlab-org/gitlab,
lib/expand_variables.rb: ``$NAME``, ``${NAME}`` and ``%NAME%``; ``$$`` is a dollar sign.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Literal

from gradeline.model.expression import Constant, Expression, Name, Secret, Unresolved, children
from gradeline.model.pipeline import Variable
from gradeline.model.text import Hole, Text
from gradeline.readers.gitlab.predefined import predefined
from gradeline.readers.gitlab.reading import Reading, shown
from gradeline.readers.gitlab.templates import switches
from gradeline.readers.gitlab.tree import Table, Value, boolean, is_nothing, string, strings, table, unknown_keys
from gradeline.readers.texts import spoken
from gradeline.records import field, record, replace
from gradeline.source import Span

MAX_NESTING = 50
MAX_NODES = 1_000  # parts of an expression
MAX_SIZE = 20_000  # characters of a value with everything inside it
_USE = re.compile(r"\$\$|%%|\$([A-Za-z_]\w*)|\$\{([A-Za-z_]\w*)\}|%([A-Za-z_]\w*)%")
_NAME = re.compile(r"\w+")
_KEYS = frozenset({"value", "description", "options", "expand"})

# Words by which people name what must stay secret; the last words of a name that make it harmless again.
_SECRET_WORDS = frozenset(
    """
    token secret secrets password passwd pass passphrase pat pwd key apikey credential credentials creds kubeconfig
    auth jwt dsn webhook cert certificate private license
    """.split()  # noqa: SIM905
)
_HARMLESS_ENDS = frozenset(
    """
    id name user username path file dir url uri host port region zone bucket expiry ttl length enabled disabled
    prefix version type issuer audience
    """.split()  # noqa: SIM905
)


@record
class Definition:
    """One ``variables`` entry.

    ``asked``: it has a description, so a form asks for it on a manual start.  ``meaning`` is the value when
    it is computed, for example by the rule that matches.
    """

    name: str
    value: Text
    level: Literal["pipeline", "unit"]
    span: Span
    expand: bool = True
    asked: bool = False
    options: tuple[str, ...] = ()
    meaning: Expression | None = None


@record
class Scope:
    """The variables a place sees; inner definitions replace outer ones.

    ``fixed`` are values that this reading gives itself: those of the job, of a child pipeline.
    ``legs`` are the variables of a matrix.
    """

    defined: Mapping[str, Definition] = field(default_factory=dict)
    fixed: Mapping[str, Expression] = field(default_factory=dict)
    legs: frozenset[str] = frozenset()
    known: dict[str, tuple[Expression, int]] = field(default_factory=dict, repr=False)  # meanings and their sizes

    def with_definitions(self, definitions: Mapping[str, Definition]) -> Scope:
        return replace(self, defined={**self.defined, **definitions}, known={})

    def with_fixed(self, fixed: Mapping[str, Expression]) -> Scope:
        return replace(self, fixed={**self.fixed, **fixed}, known={})

    def with_legs(self, legs: frozenset[str]) -> Scope:
        return replace(self, legs=legs, known={})

    def only(self, names: Collection[str]) -> Scope:
        """Without the definitions of other names."""
        kept = {name: item for name, item in self.defined.items() if name in names}
        return replace(self, defined=kept, known={})

    def in_text(self, name: str, span: Span, trail: tuple[str, ...] = ()) -> Expression:
        """What ``$NAME`` stands for in a value that GitLab expands."""
        if name in self.fixed:
            return self.fixed[name]
        if name in self.legs:
            return Name(("matrix", name), span)
        found = self.defined.get(name)
        if found is not None:
            return self._meaning(found, span, trail)
        own = predefined(name, span)
        if own is not None:
            return own
        if is_secret_name(name):
            return Secret(name, span)
        return Name((f"${name}",), span, unset=True)

    def _meaning(self, found: Definition, span: Span, trail: tuple[str, ...]) -> Expression:
        """The value of a variable of the file, with the variables inside it."""
        if found.meaning is not None:
            return found.meaning
        if not found.expand:
            return Constant(found.value.raw, span)
        if found.name in self.known:
            return self.known[found.name][0]
        if found.name in trail or len(trail) >= MAX_NESTING:
            return Unresolved(f"the variables around {found.name} are defined by each other", span)
        whole = self.text(found.value, (*trail, found.name))
        size = len(found.value.raw) + sum(self.known.get(name, ("", 0))[1] for name in _used(found.value.raw))
        value = spoken(whole) if size <= MAX_SIZE else None
        answer: Expression = Constant(value, span) if value is not None else whole.template()
        if size > MAX_SIZE or not is_small(answer):
            answer, size = Unresolved(f"the value of {found.name} is too long", span), 0
        self.known[found.name] = (answer, size)
        return answer

    def in_rule(self, name: str, span: Span) -> Expression:
        """What ``$NAME`` stands for in ``rules:if``.

        gitlab-org/gitlab, lib/gitlab/ci/build/rules/rule/clause/if.rb: values are taken as they are
        written, variables inside them are not expanded.
        """
        if name in self.fixed:
            return self.fixed[name]
        found = self.defined.get(name)
        if found is not None:
            if found.meaning is not None:
                return found.meaning
            if found.asked:
                return Name((f"${name}",), span)
            return Constant(found.value.raw, span)
        own = predefined(name, span)
        if own is not None:
            return own
        if name in switches():
            return Constant(None, span)
        return Name((f"${name}",), span, unset=True)

    def text(self, raw: Text, trail: tuple[str, ...] = ()) -> Text:
        """``raw`` with every use of a variable as a hole."""
        if "$" not in raw.raw and "%" not in raw.raw:
            return raw
        holes: list[Hole] = []
        for use in _USE.finditer(raw.raw):
            name = use.group(1) or use.group(2) or use.group(3)
            span = raw.at(use.start(), use.end())
            meaning = Constant(use.group(0)[0], span) if name is None else self.in_text(name, span, trail)
            holes.append(Hole(use.start(), use.end(), meaning))
        return Text(raw.raw, raw.span, tuple(holes), raw.lines)


def is_small(node: Expression, limit: int = MAX_NODES) -> bool:
    """Whether an expression has few parts, also when what it shares is written out."""
    todo = [node]
    while todo and limit > 0:
        limit -= 1
        todo.extend(children(todo.pop()))
    return not todo


def _used(raw: str) -> list[str]:
    return [use.group(1) or use.group(2) or use.group(3) or "" for use in _USE.finditer(raw)]


# What a whole file with credentials is called when a variable holds its content.  ``KUBECONFIG`` itself is a path.
_CREDENTIAL_FILES = frozenset({"kubeconfigdata", "kubeconfigcontent", "kubeconfigbase64", "kubeconfigb64"})


def is_secret_name(name: str) -> bool:
    """Whether a name says that its value opens something."""
    words = [word for word in name.lower().split("_") if word]
    if words == ["kube", "config"] or "".join(words) in _CREDENTIAL_FILES:
        return True
    return bool(_SECRET_WORDS & set(words)) and (not words or words[-1] not in _HARMLESS_ENDS)


def read_variables(
    reading: Reading, value: Value | None, level: Literal["pipeline", "unit"], what: str
) -> Mapping[str, Definition]:
    """A ``variables`` table: names to texts, or to tables with ``value``."""
    found: dict[str, Definition] = {}
    entries = table(reading, value, what)
    for key, item in entries.items() if entries is not None else ():
        reading.spend()
        if not _NAME.fullmatch(key.value):
            message = f"`{shown(key.value)}` is no variable name; it takes letters, digits and `_`."
            reading.say("warning", "bad-name", message, key.span)
        expand, asked = True, False
        options: tuple[str, ...] = ()
        written: Value | None = item
        if isinstance(item, Table):
            unknown_keys(reading, item, _KEYS, "a variable")
            expand = boolean(reading, item.get("expand"), "`expand`") is not False
            asked = level == "pipeline" and item.has("description")
            options = tuple(text.raw for text in strings(reading, item.get("options"), "`options`"))
            written = item.get("value")
        text = string(reading, written, f"The variable `{shown(key.value)}`")
        if text is None:
            if not is_nothing(written):
                continue
            text = Text("", item.span)
        found[key.value] = Definition(key.value, text, level, _place(key.span, item.span), expand, asked, options)
    return found


def _place(key: Span, value: Span) -> Span:
    return key.to(value) if key.path == value.path and value.line >= key.line else key


def bindings(scope: Scope) -> tuple[Variable, ...]:
    """The defined variables of a unit as its environment, those of the pipeline first."""
    ordered = sorted(scope.defined.values(), key=lambda item: item.level != "pipeline")
    return tuple(Variable(item.name, _bound(scope, item), item.level, item.span) for item in ordered)


def _bound(scope: Scope, item: Definition) -> Text:
    if item.meaning is not None:
        return computed(item.meaning, item.span, f"${item.name}")
    return scope.text(item.value, (item.name,)) if item.expand else item.value


def computed(expression: Expression, span: Span, raw: str = "") -> Text:
    """A text that is one expression, shown as ``raw``."""
    written = raw or "$"
    return Text(written, span, (Hole(0, len(written), expression),))


def joined(parts: list[Text | str], span: Span) -> Text:
    """Several texts as one, at ``span``."""
    raw = ""
    holes: list[Hole] = []
    for part in parts:
        if isinstance(part, str):
            raw += part
            continue
        holes.extend(Hole(len(raw) + hole.start, len(raw) + hole.end, hole.expression) for hole in part.holes)
        raw += part.raw
    return Text(raw, span, tuple(holes))
