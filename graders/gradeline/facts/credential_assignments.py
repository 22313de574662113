"""Where a text gives a value to something that holds a credential.

Found by structure, not by words in prose: assignments and keys (``DB_PASSWORD: x``), pairs
(``- name: DB_PASSWORD`` / ``value: x``), defaults of such names, options (``--token x``), headers, and
names that are used as such a value.  Command lines are read in ``credential_arguments``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import islice

from gradeline.facts.credential_data import credential_data
from gradeline.facts.credential_literals import REFERENCE, Dialect, Part, literal, read_block, read_value, reference
from gradeline.facts.credential_values import Kind, credential_name
from gradeline.records import field, record

_MAX_ASSIGNMENTS = 20_000
_MAX_READS = 6_000  # of those, values in a credential's place
_MAX_ROUNDS = 4

_NAME = r"[A-Za-z_][\w.\-]{0,80}+"
_ASSIGN = re.compile(
    rf"(?<![\w.\-])(?P<name>-{{0,2}}{_NAME})[\"'`\])]{{0,3}}[ \t]{{0,8}}"
    r"(?P<op>:=|\?=|=>|\+=|=(?!=)|:(?![:=?+-]))[ \t]{0,8}"
)
_OPTION = re.compile(
    r"(?<![\w\-])-{1,2}(?P<name>[A-Za-z][\w\-]{1,60}+)[\"']?,?"
    r"(?:[ \t]{1,8}|[ \t]{0,8}\r?\n[ \t]{0,40}-[ \t]{1,8})[\"']?(?![\"'\s])"
)
_ARGUMENT = re.compile(r"""[^\s"'`,\]]{1,1024}+""")
_ENV = re.compile(r"(?m)^[ \t]{0,20}(?:ENV|setx?|setenv)[ \t]{1,8}(?P<name>[A-Za-z_]\w{0,80}+)[ \t]{1,8}(?=[^\s=])")
_CONFIG = re.compile(
    r"\bconfig(?:ure)?[ \t]{1,8}(?:set[ \t]{1,8})?(?P<name>[A-Za-z_/][\w/:.\-]{1,120}+)[ \t]{1,8}(?=[^\s=:])"
)
_ELEMENT = re.compile(r"<(?P<name>[A-Za-z_][\w.\-]{0,80}+)>(?P<value>[^<\s]{4,1024}+)</")
_PAIR = re.compile(
    r"(?P<call>\b(?:getenv|get|env|environ|setdefault|default|lookup|config)\([ \t]{0,5})?"
    rf"[\"'](?P<name>{_NAME})[\"'][ \t]{{0,5}},[ \t]{{0,5}}(?=[\"'])"
)
_FALLBACK = re.compile(
    rf"(?<![\w.\-])(?P<name>{_NAME})[\"'\])}}]{{0,3}}[ \t]{{0,5}}"
    r"(?:\|\||\?\?|\?:|\bor\b|\|[ \t]{0,3}default\()[ \t]{0,5}(?=[\"'])"
)
_BRACE_DEFAULT = re.compile(r"\$\{(?P<name>[A-Za-z_]\w{0,80}+):?[-=](?P<value>[^}\s]{4,1024}+)\}")
_NETRC = re.compile(
    r"machine[ \t]{1,8}\S{1,200}[ \t]{1,8}login[ \t]{1,8}\S{1,200}[ \t]{1,8}password[ \t]{1,8}(?P<value>\S{1,200})"
)
_SCHEME = re.compile(r"(?P<scheme>[A-Za-z]{5,6})[ \t]{1,8}(?P<value>[^\s\"'`,;]{6,4096}+)")
_VALUE_KEYS = frozenset({"value", "default", "defaultvalue", "parametervalue"})
_NAME_KEY = re.compile(
    rf"[\"']?\b(?:name|key|parameterkey)[\"']?[ \t]{{0,8}}[:=][ \t]{{0,8}}[\"']?(?P<name>{_NAME})", re.IGNORECASE
)
_QUOTED_NAME = re.compile(rf"[\"'](?P<name>-{{0,2}}{_NAME})[\"']")
_PARENT_KEY = re.compile(r"[ \t]{0,80}(?:- )?[\"']?(?P<name>[\w.\-]{1,80}+)[\"']?[ \t]{0,8}:")
_PARENT_LABEL = re.compile(r"\"(?P<name>[\w.\-]{1,80}+)\"[ \t]{0,8}\{")

_MAX_REFERENCE = 1_500  # characters


@record
class Given:
    """A literal that stands where a credential belongs; ``by`` says where, for a sentence."""

    value: str
    start: int
    end: int
    kind: Kind
    by: str


@record
class Place:
    """Where a name gets a value: the value starts at ``position``, after ``operator``."""

    position: int
    operator: str


@record
class _Line:
    """A line as a list of keys sees it.  The dash of an item counts as indentation.

    ``names`` is X in ``name: X``; ``key`` the key or the block label the line opens.
    """

    indent: int
    item: bool
    blank: bool
    names: str | None
    key: str | None


@record(frozen=False)
class Scan:
    """What one pass over a text found.

    ``places`` maps every assigned name to where it gets its values; ``used`` are the names whose
    value is used as a credential; ``composed`` are values put together from names and literals.
    """

    text: str
    dialect: Dialect
    given: list[Given] = field(default_factory=list)
    places: dict[str, list[Place]] = field(default_factory=dict)
    used: dict[str, Kind] = field(default_factory=dict)
    composed: list[tuple[tuple[Part, ...], Kind, str]] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    values: dict[str, Part | None] = field(default_factory=dict)
    read_lines: list[_Line] = field(default_factory=list)

    def line_start(self, position: int) -> int:
        return self.starts[bisect_right(self.starts, position) - 1]

    def lines(self) -> list[_Line]:
        """The lines by their indentation and keys, read when the first pair asks for them."""
        if not self.read_lines:
            ends = [*self.starts[1:], len(self.text) + 1]
            pairs = zip(self.starts, ends, strict=True)
            self.read_lines = [_read_line(self.text[start : min(end - 1, start + 400)]) for start, end in pairs]
        return self.read_lines

    def add(self, parts: tuple[Part, ...], kind: Kind, by: str) -> None:
        """Note a value in a credential's place: a literal, or a name to look up later."""
        if (value := literal(parts)) is not None:
            self.given.append(Given(value.text, value.start, value.end, kind, by))
        elif len(parts) == 1 and parts[0].name:
            self.used.setdefault(parts[0].name.rpartition(".")[2], kind)
        elif len(parts) > 1:
            self.composed.append((parts, kind, by))

    def add_text(self, start: int, end: int, kind: Kind, by: str) -> None:
        """The same for a stretch of the text, as an argument on a command line has it."""
        value = self.text[start:end]
        match = REFERENCE.match(value)
        if match:
            self.add((reference(match),), kind, by)
        elif not value.startswith(("-", "$", "{", "<")):
            self.given.append(Given(value, start, end, kind, by))

    def value_of(self, name: str) -> Part | None:
        """The first literal that is assigned to ``name`` in this text."""
        if name not in self.values:
            reads = (read_value(self.text, p.position, p.operator, self.dialect) for p in self.places.get(name, ()))
            self.values[name] = next((value for parts in reads if (value := literal(parts))), None)
        return self.values[name]


def scan_assignments(text: str, dialect: Dialect) -> Scan:
    """All places of ``text`` that give a credential its value.  Linear in the length of the text."""
    scan = Scan(text, dialect, starts=[0])
    position = text.find("\n")
    while position >= 0:
        scan.starts.append(position + 1)
        position = text.find("\n", position + 1)
    _assignments(scan)
    _options(scan)
    _other_spellings(scan)
    return scan


def follow_names(scan: Scan) -> None:
    """Add the literals that reach a credential's place through a name: ``A: x``, later ``-p $A``."""
    done: set[str] = set()
    for _ in range(_MAX_ROUNDS):
        fresh = [name for name in scan.used if name not in done]
        if not fresh:
            return
        for name in fresh:
            done.add(name)
            if credential_name(name) is not None:
                continue
            for place in scan.places.get(name, ())[:50]:
                parts = read_value(scan.text, place.position, place.operator, scan.dialect)
                scan.add(parts, scan.used[name], f"{name}, which is used as a credential")


def _assignments(scan: Scan) -> None:
    text, reads = scan.text, 0
    looked_up = _looked_up(text)
    for match in islice(_ASSIGN.finditer(text), _MAX_ASSIGNMENTS):
        while looked_up and looked_up[0][1] <= match.start():
            looked_up.pop(0)
        if looked_up and looked_up[0][0] < match.start():
            continue
        name = match["name"].lstrip("-")
        places = scan.places.setdefault(name.rpartition(".")[2], [])
        if len(places) < 50:
            places.append(Place(match.end(), match["op"]))
        kind = credential_name(name)
        if kind is not None and reads < _MAX_READS:
            reads += 1
            _assigned(scan, match, name, kind)
        elif name.lower() in _VALUE_KEYS and reads < _MAX_READS:
            reads += 1
            owner = _owner(scan, match)
            if owner is not None and (kind := credential_name(owner)) is not None:
                scan.add(read_value(text, match.end(), match["op"], scan.dialect), kind, owner)


def _looked_up(text: str) -> list[tuple[int, int]]:
    """References that CloudFormation fills in: what stands between their colons are names (User Guide, "Get values
    stored in other services using dynamic references")."""
    found: list[tuple[int, int]] = []
    start = text.find("{{resolve:")
    while start >= 0 and len(found) < 1_000:
        end = text.find("}}", start, start + _MAX_REFERENCE)
        service = text[start + 10 : start + 30].partition(":")[0]
        if end >= 0 and service in ("ssm", "ssm-secure", "secretsmanager"):
            found.append((start, end))
        start = text.find("{{resolve:", max(end, start + 1))
    return found


def _assigned(scan: Scan, match: re.Match[str], name: str, kind: Kind) -> None:
    text, end = scan.text, match.end()
    if name.lower().endswith("authorization"):
        scheme = _SCHEME.match(text, end + (text[end : end + 1] in {'"', "'"}))
        if scheme and scheme["scheme"].lower() in credential_data().header_schemes:
            scan.add_text(*scheme.span("value"), "token", f"the {scheme['scheme']} header")
        return
    parts = read_value(text, end, match["op"], scan.dialect)
    if parts:
        scan.add(parts, kind, name)
    elif match["op"] == ":" and (block := read_block(text, end)) is not None:
        value, indent = block
        start = scan.line_start(match.start())
        if indent > _indent(text[start : start + 200]):
            scan.given.append(Given(value.text, value.start, value.end, kind, name))


def _owner(scan: Scan, match: re.Match[str]) -> str | None:
    """The name that a ``value:`` or ``default:`` key belongs to: on its line, beside it, or above it."""
    text, start = scan.text, scan.line_start(match.start())
    before = text[max(start, match.start() - 300) : match.start()]
    for pattern in (_NAME_KEY, _QUOTED_NAME):
        for found in pattern.finditer(before):
            if credential_name(found["name"].lstrip("-")):
                return found["name"].lstrip("-")
    after = _NAME_KEY.search(text, match.end(), min(match.end() + 300, _end_of_line(text, match.end())))
    if after and credential_name(after["name"]):
        return after["name"]
    if before.strip(" \t-\"'{"):
        return None
    column = len(before.rstrip("\"'"))
    return _owner_nearby(scan, bisect_right(scan.starts, start) - 1, column, item=before.lstrip().startswith("-"))


def _owner_nearby(scan: Scan, number: int, column: int, *, item: bool) -> str | None:
    lines = scan.lines()
    for line in lines[number + 1 : number + 4]:
        if line.item or line.indent < column:
            break
        if line.indent == column and line.names is not None:
            return line.names
    if item:
        return None
    for line in reversed(lines[max(number - 30, 0) : number]):
        if line.blank:
            continue
        if line.indent == column and line.names is not None:
            return line.names
        if line.indent == column and line.item:
            return None
        if line.indent < column:
            return line.key
    return None


def _read_line(text: str) -> _Line:
    bare = text.replace("- ", "  ", 1) if text.lstrip().startswith("- ") else text
    stripped = bare.lstrip()
    names = _NAME_KEY.match(stripped)
    parent = _PARENT_LABEL.search(text) or _PARENT_KEY.match(text)
    return _Line(
        indent=len(bare) - len(stripped),
        item=text.lstrip().startswith("- "),
        blank=not stripped,
        names=names["name"] if names else None,
        key=parent["name"] if parent else None,
    )


def _indent(line: str) -> int:
    bare = line.replace("- ", "  ", 1) if line.lstrip().startswith("- ") else line
    return len(bare) - len(bare.lstrip())


def _end_of_line(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def _options(scan: Scan) -> None:
    for match in _OPTION.finditer(scan.text):
        if len(match["name"]) < 4 or (kind := credential_name(match["name"])) is None:
            continue
        argument = _ARGUMENT.match(scan.text, match.end())
        if argument is not None:
            scan.add_text(*argument.span(), kind, f"--{match['name']}")


def _other_spellings(scan: Scan) -> None:
    text, dialect = scan.text, scan.dialect
    for pattern in (_ENV, _CONFIG):
        for match in pattern.finditer(text):
            kind = credential_name(match["name"].rpartition(":")[2])
            if kind is not None:
                scan.add(read_value(text, match.end(), "=", "config"), kind, match["name"])
    for pattern in (_PAIR, _FALLBACK):
        for match in pattern.finditer(text):
            name = match["name"]
            kind = credential_name(name) or ("token" if name.startswith("secrets.") else None)
            if kind is not None:
                sure = pattern is _FALLBACK or match["call"] is not None
                default = read_value(text, match.end(), "=", dialect)
                scan.add(default, kind if sure else "token", f"the default of {name}" if sure else name)
    for pattern in (_ELEMENT, _BRACE_DEFAULT):
        for match in pattern.finditer(text):
            if (kind := credential_name(match["name"])) is not None:
                scan.add_text(*match.span("value"), kind, match["name"])
    for match in _NETRC.finditer(text):
        scan.add_text(*match.span("value"), "password", "a .netrc entry")
