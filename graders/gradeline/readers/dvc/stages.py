"""Stages of a ``dvc.yaml``, with ``foreach`` and ``matrix`` written out and templates put in place.

DVC documentation, "dvc.yaml"; dvc/schema.py for the keys, dvc/parsing for how stages are repeated.
"""

from __future__ import annotations

import posixpath
import string
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Literal

from gradeline.model.data import Dependency, Parameter, Product, Report, Stage
from gradeline.model.text import Text
from gradeline.readers.dvc import templating
from gradeline.readers.dvc.parameters import ParameterFile, flat, read_parameters, single
from gradeline.readers.dvc.templating import Missing, Plain
from gradeline.readers.reading import Reading, is_null, shown
from gradeline.readers.texts import plain
from gradeline.records import field, record
from gradeline.source import Span
from gradeline.syntax.yaml import Mapping as YamlMapping
from gradeline.syntax.yaml import Resolved, Scalar, Sequence, scalar_value

TOP = frozenset({"stages", "vars", "params", "metrics", "plots", "artifacts", "datasets"})
STAGE = frozenset(
    {
        "cmd", "deps", "outs", "params", "metrics", "plots", "wdir", "frozen", "always_changed", "desc", "meta", "vars",
        "matrix",
    }
)  # fmt: skip
OLD = frozenset({"live", "outs_no_cache", "metrics_no_cache", "outs_persist"})
DEFAULT_PARAMETERS = "params.yaml"
_FORBIDDEN = frozenset(string.punctuation) - {"_", "-"}  # dvc/stage/utils.py, INVALID_STAGENAME_CHARS
_ADDRESS = "://"


@record(frozen=False)
class Files:
    """The files that are read for stages, each once."""

    reading: Reading
    parameters: dict[str, ParameterFile] = field(default_factory=dict)

    def parameter_file(self, path: str) -> ParameterFile:
        if path not in self.parameters:
            self.parameters[path] = read_parameters(path, self.reading.read, self.reading.diagnostics)
        return self.parameters[path]


def joined(folder: str, path: str) -> str:
    """``path`` as seen from ``folder``, relative to the repository; addresses stay as they are."""
    if _ADDRESS in path or path.startswith("/"):
        return path
    found = posixpath.normpath(posixpath.join(folder, path))
    return "" if found == "." else found


@record
class Setting:
    """What holds for the stages of one file: its path and folder, and the values templates may name."""

    files: Files
    path: str
    folder: str
    context: Mapping[str, Plain]


def read_file(files: Files, root: YamlMapping, path: str) -> tuple[list[Stage], list[Report]]:
    """Every stage of a ``dvc.yaml``, and what it declares beside them."""
    reading = files.reading
    reading.unknown_keys(root, TOP, "dvc.yaml")
    folder = path.rpartition("/")[0]
    default = files.parameter_file(joined(folder, DEFAULT_PARAMETERS))
    context = _variables(files, root.get("vars"), folder, dict(default.values))
    setting = Setting(files, path, folder, context)
    stages: list[Stage] = []
    node = reading.mapping(root.get("stages"), "`stages`")
    for key, definition in node.items() if node is not None else ():
        body = reading.mapping(definition, f"The stage `{shown(key.value)}`")
        if body is None:
            reading.say("error", "empty-stage", f"The stage `{shown(key.value)}` is empty.", key.span)
            continue
        if _FORBIDDEN & set(key.value):
            message = f"`{shown(key.value)}` is no name for a stage; it takes letters, digits, `-` and `_`."
            reading.say("error", "bad-name", message, key.span)
        repeats = body.get("foreach") if body.key("foreach") is not None else body.get("matrix")
        listed = repeats is not None and "${" in _raw(setting, repeats)
        for name, inner, items in _repeated(setting, key, body):
            stage = _stage(setting, key, name, inner, items, listed)
            if stage is not None:
                stages.append(stage)
    return stages, list(_reports(setting, root))


def _variables(files: Files, node: Resolved | None, folder: str, context: dict[str, Plain]) -> dict[str, Plain]:
    """``vars``: maps, files, and chosen keys of files (``params.json:train,model``)."""
    for item in node.values() if isinstance(node, Sequence) else ():
        if isinstance(item, YamlMapping):
            try:
                values = templating.resolved(item, context)
            except Missing:
                values = templating.data_of(item)
            _merge(context, values if isinstance(values, dict) else {})
            continue
        text = plain(item)
        if text is None:
            continue
        path, _, keys = text.raw.partition(":")
        known = files.parameter_file(joined(folder, path))
        if not known.exists:
            message = f"`vars` names the file `{shown(path)}`, which does not exist."
            files.reading.say("error", "missing-file", message, text.span)
        wanted = [key.strip() for key in keys.split(",") if key.strip()]
        _merge(context, {key: known.values[key] for key in wanted if key in known.values} if wanted else known.values)
    return context


def _merge(into: dict[str, Plain], values: Mapping[str, Plain], depth: int = 0) -> None:
    for key, value in values.items():
        before = into.get(key)
        if isinstance(before, Mapping) and isinstance(value, Mapping) and depth < templating.MAX_DEPTH:
            inner = dict(before)
            _merge(inner, value, depth + 1)
            into[key] = inner
        else:
            into[key] = value


# -- repeated stages -------------------------------------------------------------------------------


def _repeated(
    setting: Setting, key: Scalar, body: YamlMapping
) -> Iterator[tuple[str, YamlMapping, Mapping[str, Plain]]]:
    """The stage under each of its names, with the values ``item`` and ``key`` stand for."""
    reading = setting.files.reading
    if body.key("foreach") is not None or body.key("do") is not None:
        inner = reading.mapping(body.get("do"), "`do`")
        reading.unknown_keys(body, frozenset({"foreach", "do"}), "a repeated stage")
        if inner is None:
            reading.say("error", "no-stage", "`foreach` needs a stage in `do`.", key.span)
            return
        for name, items in _each(setting, body):
            reading.spend_unit()
            yield f"{key.value}@{name}", inner, items
        return
    if body.key("matrix") is not None:
        for name, items in _matrix(setting, body):
            reading.spend_unit()
            yield f"{key.value}@{name}", body, items
        return
    reading.spend_unit()
    yield key.value, body, {}


def _each(setting: Setting, body: YamlMapping) -> Iterator[tuple[str, Mapping[str, Plain]]]:
    node = body.get("foreach")
    data = _resolved(setting, node)
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield templating.spelled(key), {"item": value, "key": key}
    elif isinstance(data, list):
        composed = any(isinstance(item, Mapping | list) for item in data)
        for index, item in enumerate(data):
            yield (str(index) if composed else templating.spelled(item)), {"item": item}
    elif node is not None:
        setting.files.reading.say("error", "wrong-type", "`foreach` needs a list or a map.", node.span)


def _matrix(setting: Setting, body: YamlMapping) -> Iterator[tuple[str, Mapping[str, Plain]]]:
    node = body.get("matrix")
    data = _resolved(setting, node)
    if not isinstance(data, Mapping) or not all(isinstance(values, list) for values in data.values()):
        if node is not None:
            setting.files.reading.say("error", "wrong-type", "`matrix` needs lists of values.", node.span)
        return
    lists = [list(enumerate(values)) for values in data.values() if isinstance(values, list)]
    for combination in product(*lists):
        names = [
            f"{key}{index}" if isinstance(value, Mapping | list) else templating.spelled(value)
            for key, (index, value) in zip(data, combination, strict=True)
        ]
        items = {str(key): value for key, (_, value) in zip(data, combination, strict=True)}
        yield "-".join(names), {"item": items, "key": "-".join(names)}


def _resolved(setting: Setting, node: Resolved | None) -> Plain:
    try:
        return templating.resolved(node, setting.context)
    except Missing as missing:
        _report(setting, missing, node.span if node is not None else None)
        return []


def _report(setting: Setting, missing: Missing, span: Span | None) -> None:
    setting.files.reading.say("error", "unresolved", f"This template cannot be filled: {missing.message}.", span)


# -- one stage -------------------------------------------------------------------------------------


@record(frozen=False)
class _Builder:
    setting: Setting
    context: Mapping[str, Plain]
    folder: str = ""

    def text(self, node: Resolved | None, command: bool = False) -> Text | None:
        try:
            return templating.written(node, self.context, command)
        except Missing as missing:
            _report(self.setting, missing, node.span if node is not None else None)
            return plain(node)

    def path(self, text: Text) -> tuple[str, bool]:
        path = joined(self.folder, text.raw)
        return path, _ADDRESS in path or path.startswith(("/", "../"))


def _raw(setting: Setting, node: Resolved) -> str:
    """The lines of a value as they stand in the file."""
    source = setting.files.reading.read(setting.path)
    return "\n".join(source.lines[node.span.line - 1 : node.span.end_line][:200]) if source is not None else ""


def _filled(builder: _Builder, node: Resolved | None, listed: bool) -> Iterator[Parameter]:
    """The values that templates put into commands.  ``defined`` only for those that a parameter file holds."""
    known = builder.setting.files.parameters
    for item in node.values() if isinstance(node, Sequence) else (node,):
        if not isinstance(item, Scalar):
            continue
        for match in templating.TEMPLATE.finditer(item.value):
            key = match.group(1).strip()
            try:
                value = templating.look_up(key, builder.context)
            except Missing:
                continue
            entries = flat(value).items() if isinstance(value, Mapping) else [("", single(value))]
            for name, one in entries:
                whole = f"{key}.{name}" if name else key
                file = next((path for path, read in sorted(known.items()) if read.exists and read.find(whole)[0]), "")
                from_item = key.partition(".")[0] in ("item", "key")
                yield Parameter(file, whole, item.span, one, bool(file) or (from_item and listed))


def _stage(
    setting: Setting, key: Scalar, name: str, body: YamlMapping, items: Mapping[str, Plain], listed: bool = False
) -> Stage | None:
    reading = setting.files.reading
    reading.unknown_keys(body, STAGE | OLD, "a stage")
    context: Mapping[str, Plain] = {**setting.context, **items} if items else setting.context
    builder = _Builder(setting, context)
    wdir = builder.text(body.get("wdir")) if not is_null(body.get("wdir")) else None
    builder.folder = joined(setting.folder, wdir.raw) if wdir is not None else setting.folder
    own = body.get("vars")
    if own is not None:
        builder.context = {**_variables(setting.files, own, builder.folder, dict(context)), **items}
    commands = tuple(_commands(builder, body.get("cmd")))
    if not commands:
        reading.say("error", "no-command", f"The stage `{shown(name)}` has no `cmd`.", key.span)
    return Stage(
        name=name,
        group=key.value,
        file=setting.path,
        span=key.span,
        folder=builder.folder,
        description=builder.text(body.get("desc")) if not is_null(body.get("desc")) else None,
        commands=commands,
        depends=tuple(_depends(builder, body.get("deps"))),
        products=(
            *_products(builder, body.get("outs"), "file"),
            *_products(builder, body.get("metrics"), "metrics"),
            *_products(builder, body.get("plots"), "plots"),
        ),
        parameters=tuple(_parameters(builder, body.get("params"))),
        filled=tuple(_filled(builder, body.get("cmd"), listed)),
        frozen=_flag(reading, body, "frozen"),
        always=_flag(reading, body, "always_changed"),
    )


def _flag(reading: Reading, body: YamlMapping, name: str) -> Span | None:
    key, node = body.key(name), body.get(name)
    if key is None or node is None or is_null(node):
        return None
    value = scalar_value(node)
    if not isinstance(value, bool):
        reading.say("error", "wrong-type", f"`{name}` is true or false.", node.span)
    return key.span.to(node.span) if value is True else None


def _commands(builder: _Builder, node: Resolved | None) -> Iterator[Text]:
    """Every command that gets a shell of its own: each item of a list, and each line of a text.

    dvc/stage/run.py, ``_enforce_cmd_list``: a text is split at its line ends.
    """
    if isinstance(node, Sequence):
        for item in node.values():
            text = builder.text(item, command=True)
            if text is not None and text.raw.strip():
                yield text
        return
    text = builder.text(node, command=True)
    if text is not None:
        from gradeline.readers.texts import lines

        yield from lines(text)


def _listed(reading: Reading, node: Resolved | None, what: str) -> Iterator[Resolved]:
    if node is None or is_null(node):
        return
    if not isinstance(node, Sequence):
        reading.say("error", "wrong-type", f"{what} needs a list.", node.span)
        return
    yield from node.values()


def _depends(builder: _Builder, node: Resolved | None) -> Iterator[Dependency]:
    for item in _listed(builder.setting.files.reading, node, "`deps`"):
        text = builder.text(item)
        if text is None:
            builder.setting.files.reading.say("error", "wrong-type", "A dependency is a path.", item.span)
        elif text.raw.strip():
            path, external = builder.path(text)
            yield Dependency(path, text, external)


def _products(builder: _Builder, node: Resolved | None, kind: Literal["file", "metrics", "plots"]) -> Iterator[Product]:
    word = "outs" if kind == "file" else kind
    for item in _listed(builder.setting.files.reading, node, f"`{word}`"):
        entries: list[tuple[Text | None, Resolved | None]] = []
        if isinstance(item, YamlMapping):
            entries.extend((builder.text(key), value) for key, value in item.items())
        else:
            entries.append((builder.text(item), None))
        for text, settings in entries:
            if text is None or not text.raw.strip():
                continue
            path, external = builder.path(text)
            given = settings if isinstance(settings, YamlMapping) else None
            remote = given.get("remote") if given is not None else None
            yield Product(
                path,
                text.span,
                kind,
                cached=_setting(given, "cache", True),
                persists=_setting(given, "persist", False),
                pushed=_setting(given, "push", True),
                remote=remote.value if isinstance(remote, Scalar) else "",
                external=external,
            )


def _setting(node: YamlMapping | None, name: str, default: bool) -> bool:
    value = scalar_value(node.get(name)) if node is not None else None
    return value if isinstance(value, bool) else default


def _parameters(builder: _Builder, node: Resolved | None) -> Iterator[Parameter]:
    """``params``: keys of ``params.yaml``, or files with their keys (none: the whole file)."""
    for item in _listed(builder.setting.files.reading, node, "`params`"):
        if not isinstance(item, YamlMapping):
            text = builder.text(item)
            if text is not None:
                yield _parameter(builder, DEFAULT_PARAMETERS, text.raw, text.span)
            continue
        for key, keys in item.items():
            name = builder.text(key)
            assert name is not None
            if is_null(keys) or (isinstance(keys, Sequence) and not keys.items):
                yield _parameter(builder, name.raw, "", name.span)
            for one in keys.values() if isinstance(keys, Sequence) else ():
                text = builder.text(one)
                if text is not None:
                    yield _parameter(builder, name.raw, text.raw, text.span)


def _parameter(builder: _Builder, file: str, key: str, span: Span) -> Parameter:
    path = joined(builder.folder, file)
    known = builder.setting.files.parameter_file(path)
    if not known.exists:
        message = f"The parameter file `{shown(path)}` does not exist."
        builder.setting.files.reading.say("error", "missing-file", message, span)
        return Parameter(path, key, span)
    if not key:
        return Parameter(path, "", span, defined=True, known=known.readable, place=Span(path, 1))
    found, value, place = known.find(key)
    if not found and known.readable:
        message = f"`{shown(path)}` has no parameter `{shown(key)}`."
        builder.setting.files.reading.say("error", "missing-parameter", message, span)
    return Parameter(path, key, span, single(value) if found else None, found, found or known.readable, place)


# -- beside the stages -----------------------------------------------------------------------------


def _reports(setting: Setting, root: YamlMapping) -> Iterator[Report]:
    builder = _Builder(setting, setting.context, setting.folder)
    for kind in ("metrics", "params"):
        for item in _listed(setting.files.reading, root.get(kind), f"`{kind}`"):
            text = builder.text(item)
            if text is not None:
                yield Report("metrics" if kind == "metrics" else "params", builder.path(text)[0], text.span)
    for item in _listed(setting.files.reading, root.get("plots"), "`plots`"):
        if isinstance(item, YamlMapping):
            for key, value in item.items():
                yield from _plot(builder, key, value)
        else:
            text = builder.text(item)
            if text is not None:
                yield Report("plots", builder.path(text)[0], text.span)
    artifacts = root.get("artifacts")
    for key, value in artifacts.items() if isinstance(artifacts, YamlMapping) else ():
        text = builder.text(value.get("path")) if isinstance(value, YamlMapping) else None
        if text is not None:
            yield Report("artifact", builder.path(text)[0], text.span, key.value)


def _plot(builder: _Builder, key: Scalar, value: Resolved) -> Iterator[Report]:
    """A plot by its file, or by a name with the files in ``y`` (DVC documentation, "dvc.yaml", plots)."""
    y = value.get("y") if isinstance(value, YamlMapping) else None
    if isinstance(y, YamlMapping):
        for file, _columns in y.items():  # noqa: PERF102 - not a dictionary
            yield Report("plots", joined(builder.folder, file.value), file.span, key.value)
        return
    text = builder.text(key)
    if text is not None:
        yield Report("plots", builder.path(text)[0], text.span, key.value)
