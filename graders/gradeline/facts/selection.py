"""What a command covers: folders by its targets, tests by its selection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase

from gradeline.facts.arguments import HOLE
from gradeline.facts.expressions import Names, evaluate, parse_expression
from gradeline.facts.readings import Reading
from gradeline.model.project import TestFunction

_GLOB = frozenset("*?[")


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
    targets = reading.targets or tuple(default) or (".",)
    unknown = False
    matchers: list[Callable[[str], bool]] = []
    for target in targets:
        matcher = _matcher(target, directory)
        if matcher is None:
            unknown = True
        else:
            matchers.append(matcher)
    left_out = [_exclusion(item, directory) for value in reading.excluded for item in _listed(value)]
    if any(rule is not None and rule(name) for rule in left_out for name in relevant):
        relevant_kept = [name for name in relevant if not any(rule is not None and rule(name) for rule in left_out)]
        if not relevant_kept or _whole(wanted, left_out):
            return False
        relevant = relevant_kept
    if all(any(matches(name) for matches in matchers) for name in relevant):
        return None if None in left_out else True
    return None if unknown else False


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


def _matcher(target: str | None, directory: str) -> Callable[[str], bool] | None:
    """Whether a file is inside ``target``; None for an unknown target."""
    if target is None or HOLE in target:
        return None
    place = normal(target.partition("::")[0], directory)
    if place is None:
        return lambda name: False
    if _GLOB & set(place):
        return lambda name: _glob(name, place)
    return lambda name: _within(name, place)


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
    certain = possible = 0
    for test in tests:
        kept = _placed(reading, test, default, directory)
        if kept is not False and keyword is not None:
            kept = _all(kept, evaluate(keyword, _keywords(test)))
        if kept is not False and marker is not None:
            kept = _all(kept, evaluate(marker, Names(frozenset(test.markers), True, False)))
        certain += kept is True
        possible += kept is None
    return None if possible and not certain else certain


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


def _placed(reading: Reading, test: TestFunction, default: Sequence[str], directory: str) -> bool | None:
    """Whether targets, ``--ignore`` and ``--deselect`` leave the test in."""
    node = f"{test.path}::{test.name}"
    for value in reading.options.get("--deselect", ()):
        if value is None or HOLE in value:
            return None
        path, _, rest = value.partition("::")
        place = normal(path, directory)
        if place is not None and _starts(node, f"{place}::{rest}" if rest else place):
            return False
    for value in reading.options.get("--ignore", ()):
        place = None if value is None or HOLE in value else normal(value, directory)
        if value is None:
            return None
        if place is not None and _within(test.path, place):
            return False
    for value in reading.options.get("--ignore-glob", ()):
        if value is None:
            return None
        if fnmatchcase(test.path, normal(value, directory) or value) or fnmatchcase(f"/{test.path}", value):
            return False
    targets = reading.targets or tuple(default) or (".",)
    answer: bool | None = False
    for target in targets:
        if target is None or HOLE in target:
            answer = None
            continue
        path, _, rest = target.partition("::")
        matches = _matcher(path, directory)
        inside = rest.partition("[")[0]
        if matches is not None and matches(test.path) and (not inside or _starts(test.name, inside)):
            return True
    return answer


def _starts(node: str, prefix: str) -> bool:
    """Whether a node id is ``prefix`` or below it."""
    prefix = prefix.partition("[")[0]
    return node == prefix or node.startswith((prefix + "::", prefix + "/"))
