"""What DVC keeps beside its stages: ``.dvc`` files, ``dvc.lock``, its configuration and ``.dvcignore``.

DVC documentation, ".dvc Files", "dvc.yaml" (section "dvc.lock file"), "Configuration", "Remote Storage",
".dvcignore Files".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from gradeline.model.data import Content, DataFile, LockedStage, Origin, Remote
from gradeline.model.expression import Value
from gradeline.model.text import Text
from gradeline.readers.dvc.parameters import flat
from gradeline.readers.dvc.stages import joined
from gradeline.readers.dvc.templating import data_of
from gradeline.readers.reading import Reading
from gradeline.records import field, record
from gradeline.source import SourceFile, Span
from gradeline.syntax.yaml import Mapping as YamlMapping
from gradeline.syntax.yaml import Resolved, Scalar, Sequence, scalar_value

HASHES = ("md5", "etag", "checksum", "version_id")
_REMOTE = re.compile(r"""['"]?remote\s+["'](?P<name>[^"']+)["']['"]?""")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_COMMENT = re.compile(r"\s#.*$")
_MAX_LINES = 2_000


def content_of(node: YamlMapping) -> Content:
    """The hash and size of an entry of a ``.dvc`` file or of ``dvc.lock``."""
    name = next((key for key in HASHES if _text(node.get(key))), "")
    size, files = scalar_value(node.get("size")), scalar_value(node.get("nfiles"))
    return Content(
        name,
        _text(node.get(name)) if name else "",
        size if isinstance(size, int) and not isinstance(size, bool) else None,
        files if isinstance(files, int) and not isinstance(files, bool) else None,
    )


def read_tracked(reading: Reading, root: YamlMapping, path: str) -> Iterator[DataFile]:
    """The data that a ``.dvc`` file stands for."""
    folder = path.rpartition("/")[0]
    wdir = _text(root.get("wdir"))
    folder = joined(folder, wdir) if wdir else folder
    origin = _origin(root)
    frozen = scalar_value(root.get("frozen")) is True
    outs = root.get("outs")
    if not isinstance(outs, Sequence) or not outs.items:
        reading.say("error", "no-outs", "A .dvc file needs `outs` with the data it stands for.", root.span)
        return
    for item in outs.values():
        name = _text(item.get("path")) if isinstance(item, YamlMapping) else ""
        if not isinstance(item, YamlMapping) or not name:
            reading.say("error", "no-path", "An entry of `outs` needs a `path`.", item.span)
            continue
        content = content_of(item)
        if not content.hash and item.get("files") is None:
            message = "Without a hash nobody can tell which version of the data this is."
            reading.say("warning", "no-hash", message, item.span)
        yield DataFile(
            joined(folder, name),
            item.span,
            path,
            content,
            origin,
            _text(item.get("remote")),
            frozen,
            scalar_value(item.get("cache")) is not False,
        )


def _origin(root: YamlMapping) -> Origin | None:
    """``deps`` of an import: another repository at a version, or an address."""
    deps = root.get("deps")
    for item in deps.values() if isinstance(deps, Sequence) else ():
        if not isinstance(item, YamlMapping):
            continue
        repo = item.get("repo")
        if isinstance(repo, YamlMapping):
            return Origin(
                item.span,
                _text(repo.get("url")),
                _text(item.get("path")),
                _text(repo.get("rev")),
                _text(repo.get("rev_lock")),
            )
        path = _text(item.get("path"))
        if path:
            return Origin(item.span, path, locked=content_of(item).hash)
    return None


def read_lock(reading: Reading, root: YamlMapping, path: str) -> Iterator[LockedStage]:
    """The stages of a ``dvc.lock``, which belongs to the ``dvc.yaml`` beside it."""
    folder = path.rpartition("/")[0]
    file = joined(folder, "dvc.yaml")
    stages = reading.mapping(root.get("stages"), "`stages`")
    for key, node in stages.items() if stages is not None else ():
        reading.spend()
        if not isinstance(node, YamlMapping):
            continue
        parameters: dict[str, Mapping[str, Value]] = {}
        params = node.get("params")
        for name, values in params.items() if isinstance(params, YamlMapping) else ():
            data = data_of(values)
            known = flat(data) if isinstance(data, dict) else {}
            parameters[name.value] = {
                one: value if not isinstance(value, tuple) else str(value) for one, value in known.items()
            }
        yield LockedStage(
            file,
            key.value,
            key.span,
            tuple(_texts(node.get("cmd"))),
            dict(_contents(node.get("deps"))),
            dict(_contents(node.get("outs"))),
            parameters,
        )


def _contents(node: Resolved | None) -> Iterator[tuple[str, Content]]:
    for item in node.values() if isinstance(node, Sequence) else ():
        if isinstance(item, YamlMapping):
            yield _text(item.get("path")), content_of(item)


def _texts(node: Resolved | None) -> Iterator[str]:
    if isinstance(node, Scalar):
        yield node.value
    for item in node.values() if isinstance(node, Sequence) else ():
        if isinstance(item, Scalar):
            yield item.value


def _text(node: Resolved | None) -> str:
    return node.value if isinstance(node, Scalar) and scalar_value(node) is not None else ""


# -- configuration ---------------------------------------------------------------------------------


@record(frozen=False)
class Configuration:
    """``core`` holds the entries of the section of that name."""

    remotes: dict[str, Remote] = field(default_factory=dict)
    core: dict[str, Text] = field(default_factory=dict)


def read_configuration(reading: Reading, source: SourceFile, known: Configuration, shared: bool) -> None:
    """Add what one configuration file says; a later file overrides the entries of an earlier one."""
    section = ""
    for number, line in enumerate(source.lines[:_MAX_LINES], start=1):
        text = line[:5_000].strip()
        if not text or text.startswith(("#", ";")):
            continue
        span = Span(source.path, number, len(line) - len(line.lstrip()) + 1, number, len(line) + 1)
        if text.startswith("["):
            section = _COMMENT.sub("", text).strip().strip("[]").strip()
            match = _REMOTE.fullmatch(section)
            if match is not None and match["name"] not in known.remotes:
                known.remotes[match["name"]] = Remote(match["name"], span, "", "", {}, shared)
            continue
        key, equals, value = text.partition("=")
        if not value.strip().startswith(("'", '"')):
            value = _COMMENT.sub("", value)
        if not equals:
            reading.say("error", "bad-config", "A line of the configuration is `key = value`.", span)
            continue
        start = line.index("=") + 1
        start += len(line[start:]) - len(line[start:].lstrip())
        entry = Text(_unquoted(value.strip()), Span(source.path, number, start + 1, number, len(line) + 1))
        _enter(known, section, key.strip(), entry)


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value


def _enter(known: Configuration, section: str, key: str, entry: Text) -> None:
    if section.strip("'\"") == "core":
        known.core[key] = entry
        return
    match = _REMOTE.fullmatch(section)
    if match is None:
        return
    before = known.remotes[match["name"]]
    url = entry.raw if key == "url" else before.url
    settings = {**before.settings, key: entry}
    scheme = _SCHEME.match(url)
    kind = scheme.group(1).lower() if scheme is not None else ("local" if url else "")
    known.remotes[match["name"]] = Remote(before.name, before.span, url, kind, settings, before.shared)


def read_ignored(source: SourceFile) -> Iterator[Text]:
    """The patterns of a ``.dvcignore``; comments and empty lines are left out."""
    for number, line in enumerate(source.lines[:_MAX_LINES], start=1):
        text = line.strip()
        if text and not text.startswith("#"):
            yield Text(text[:1_000], Span(source.path, number, 1, number, len(line) + 1))
