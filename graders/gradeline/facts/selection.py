"""What a command covers: folders by its targets, tests by its selection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase

from gradeline.facts.arguments import HOLE
from gradeline.facts.pytest_expressions import Names, evaluate, parse_expression
from gradeline.facts.readings import Reading
from gradeline.model.project import TestFunction

_GLOB = frozenset("*?[")
MAX_PATTERNS = 300  # patterns and selections of one command that are looked at


def normal(path: str, directory: str = "") -> str | None:
    """``path`` seen from ``directory``, relative to the repository; None when it leaves it or is absolute."""
    joined = path if not directory else f"{directory}/{path}"
    if path.startswith(("/", "~")):
        return None
    parts: list[str] = []
    for part in joined.split("/"):
        if part in ("", "."):
            continue
        if part == "..":
            if not parts:
                return None
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def _within(path: str, folder: str) -> bool:
    return folder == "" or path == folder or path.startswith(folder + "/")


def covers(
    reading: Reading,
    path: str,
    files: Iterable[str],
    *,
    default: Sequence[str] = (),
    directory: str = "",
) -> bool | None:
    """Whether the command works on all of ``path``, a folder or file of the repository.

    ``files`` are all files of the repository.  Without targets a command works on ``default`` (pytest's
    ``testpaths``), or else on ``directory``, from where it runs (relative to the repository).  Targets below
    ``path`` cover it when together they hold every file there that this kind of command looks at.  A
    target that does not exist covers nothing.  None when a target is not known.
    """
    known = tuple(files)
    wanted = normal(path) or ""
    relevant = _relevant(reading, [name for name in known if _within(name, wanted)])
    if not relevant:
        return False
    places = _Places(reading.targets or tuple(default) or (".",), directory)
    excluded = tuple(item for value in reading.excluded for item in _listed(value))
    left_out = [_exclusion(item, directory) for item in excluded[:MAX_PATTERNS]]
    if any(rule is not None and rule(name) for rule in left_out for name in relevant):
        relevant = [name for name in relevant if not any(rule is not None and rule(name) for rule in left_out)]
        if not relevant or _whole(wanted, left_out):
            return False
    if all(places.hold(name) for name in relevant):
        return None if None in left_out or len(excluded) > MAX_PATTERNS else True
    return None if places.unknown else False


class _Places:
    """The files that targets stand for.  ``unknown``: some target is not known."""

    def __init__(self, targets: Sequence[str | None], directory: str) -> None:
        self.unknown = False
        self.folders: set[str] = set()
        self.patterns: list[str] = []
        for target in targets:
            if target is None or HOLE in target:
                self.unknown = True
                continue
            place = normal(target.partition("::")[0], directory)
            if place is None:
                continue
            if not _GLOB & set(place):
                self.folders.add(place)
            elif len(self.patterns) < MAX_PATTERNS:
                self.patterns.append(place)
            else:
                self.unknown = True

    def hold(self, name: str) -> bool:
        """Whether the file ``name`` is one of the targets or inside one."""
        if "" in self.folders or name in self.folders:
            return True
        end = name.find("/")
        while end >= 0:
            if name[:end] in self.folders:
                return True
            end = name.find("/", end + 1)
        return any(_glob(name, pattern) for pattern in self.patterns)


def _whole(path: str, rules: Sequence[Callable[[str], bool] | None]) -> bool:
    return bool(path) and any(rule is not None and rule(path) for rule in rules)


def _listed(value: str | None) -> tuple[str | None, ...]:
    return (None,) if value is None else tuple(item.strip() for item in value.split(",") if item.strip())


def _relevant(reading: Reading, below: list[str]) -> list[str]:
    """The files a command of this kind looks at: test files, else Python files, else all."""
    python = [name for name in below if name.endswith((".py", ".pyi"))]
    if "test" in reading.classes:
        tests = [name for name in python if _is_test(name.rpartition("/")[2])]
        return tests or below
    return python or below


def _is_test(name: str) -> bool:
    return name.startswith("test") or name.endswith("_test.py")


def _glob(name: str, pattern: str) -> bool:
    """A shell pattern: ``*`` stays inside a folder, ``**`` does not; a folder that matches holds its files."""
    parts = name.split("/")
    if "**" in pattern:
        return fnmatchcase(name, pattern) or fnmatchcase(name, pattern.replace("**/", ""))
    wanted = pattern.split("/")
    return len(parts) >= len(wanted) and all(
        fnmatchcase(part, piece) for part, piece in zip(parts, wanted, strict=False)
    )


def _exclusion(item: str | None, directory: str) -> Callable[[str], bool] | None:
    """Whether a file is left out by one exclude entry; None when that is unknown.

    Entries are paths, patterns or regular expressions, depending on the tool.  Of an expression only its
    literal alternatives are understood (``(^build/|^docs/)``), so that no learner's expression is run.
    """
    if item is None or HOLE in item:
        return None
    rules = [_literal(part, directory) for part in item.strip("()").split("|")]
    return lambda name: any(rule(name) for rule in rules)


def _literal(part: str, directory: str) -> Callable[[str], bool]:
    text = part.strip("()^$").replace("\\.", ".").replace("\\", "")
    if text in (".*", ".+", "", "*", "**"):
        return lambda name: bool(text)
    anchored = normal(text.strip("/"), directory)
    if anchored is None:
        return lambda name: False
    if _GLOB & set(anchored):
        pattern = anchored.removesuffix("/*").removesuffix("/**")
        return lambda name: fnmatchcase(name, anchored) or _glob(name, pattern) or _part(name, pattern)
    return lambda name: _within(name, anchored) or _part(name, anchored)


def _part(name: str, pattern: str) -> bool:
    return "/" not in pattern and any(fnmatchcase(piece, pattern) for piece in name.split("/"))


# -- tests ---------------------------------------------------------------------------------------


def select_tests(
    reading: Reading, tests: Iterable[TestFunction], *, default: Sequence[str] = (), directory: str = ""
) -> int | None:
    """How many of ``tests`` a pytest command keeps; None when the files do not tell.

    Looks at its targets, ``--ignore``, ``--ignore-glob``, ``--deselect``, ``-k`` and ``-m`` (the last one
    of each counts).  A test that may be kept makes the answer None unless another is kept for certain.
    """
    keyword = parse_expression(_last(reading, "-k"))
    marker = parse_expression(_last(reading, "-m"))
    chosen = _Selection(reading, default, directory)
    certain = possible = 0
    for test in tests:
        kept = chosen.keeps(test)
        if kept is not False and keyword is not None:
            kept = _all(kept, evaluate(keyword, _keywords(test)))
        if kept is not False and marker is not None:
            kept = _all(kept, evaluate(marker, Names(frozenset(test.markers), True, False)))
        certain += kept is True
        possible += kept is None
    return None if possible and not certain else certain


class _Selection:
    """What targets, ``--ignore``, ``--ignore-glob`` and ``--deselect`` leave of the tests."""

    def __init__(self, reading: Reading, default: Sequence[str], directory: str) -> None:
        targets = reading.targets or tuple(default) or (".",)
        self.named = {normal(one.partition("::")[0], directory) for one in targets if one is not None}
        self.whole = _Places([target for target in targets if target is None or "::" not in target], directory)
        self.nodes = [_node(target, directory) for target in targets if target is not None and "::" in target]
        self.ignored = _Places(reading.options.get("--ignore", ()), directory)
        globs = reading.options.get("--ignore-glob", ())
        self.globs = [value for value in globs if value is not None][:MAX_PATTERNS]
        self.base = f"{directory}/" if directory else ""
        deselected = reading.options.get("--deselect", ())
        self.deselected = [_node(value, directory) for value in deselected if value is not None]
        many = max(len(globs), len(deselected), len(self.nodes)) > MAX_PATTERNS
        self.unknown = many or self.ignored.unknown or None in globs or None in deselected
        self.nodes, self.deselected = self.nodes[:MAX_PATTERNS], self.deselected[:MAX_PATTERNS]

    def keeps(self, test: TestFunction) -> bool | None:
        node = f"{test.path}::{test.name}"
        if test.ignored and test.path not in self.named:
            return False
        if self.ignored.hold(test.path) or any(_starts(node, prefix) for prefix in self.deselected):
            return False
        for pattern in self.globs:
            if fnmatchcase(test.path, self.base + pattern) or fnmatchcase(f"/{test.path}", pattern):
                return False
        if self.whole.hold(test.path) or any(_starts(node, prefix) for prefix in self.nodes):
            return None if self.unknown else True
        return None if self.whole.unknown else False


def _node(value: str, directory: str) -> str:
    """A node id with its path seen from the repository and without parameters."""
    path, _, rest = value.partition("::")
    place = normal(path, directory)
    inside = rest.partition("[")[0]
    if place is None or HOLE in value:
        return "\0"
    return f"{place}::{inside}" if inside else place


def _all(first: bool | None, second: bool | None) -> bool | None:
    if first is False or second is False:
        return False
    return None if first is None or second is None else True


def _last(reading: Reading, option: str) -> str | None:
    values = reading.options.get(option, ())
    if not values:
        return ""
    return values[-1]


def _keywords(test: TestFunction) -> Names:
    """Names that ``-k`` looks at: folders, module, class, function and markers, in lower case."""
    parts = [*test.path.split("/"), *test.name.split("::"), *test.markers]
    unseen = "parametrize" in test.markers  # the ids of the parameters are not known
    return Names(frozenset(part.lower() for part in parts), False, unseen)


def _starts(node: str, prefix: str) -> bool:
    """Whether a node id is ``prefix`` or below it."""
    return node == prefix or node.startswith((prefix + "::", prefix + "/"))
