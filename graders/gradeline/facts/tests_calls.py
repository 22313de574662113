"""What a call in a test gives back, and what it does."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from gradeline.facts import tests_asked as asked
from gradeline.facts import tests_libraries as known
from gradeline.facts.tests_claims import identical
from gradeline.facts.tests_values import NOTHING, Value, joined
from gradeline.model.code import Defined, Function, dotted

if TYPE_CHECKING:
    from gradeline.facts.tests_flow import Env, Walk

MANY_ROWS = 500  # more of them are no small sample
_TRUE = frozenset({"assertTrue", "assertFalse"})
_THERE = frozenset({"assertIsNotNone"})


def call(walk: Walk, node: ast.Call, env: Env) -> Value:
    """The value of a call; claims and effects are noted on the way."""
    given = [walk.value(one.value if isinstance(one, ast.Starred) else one, env) for one in node.args]
    named = {word.arg: walk.value(word.value, env) for word in node.keywords}
    arguments = joined((*given, *named.values()))
    name = dotted(node.func)
    head = name.partition(".")[0]
    full = walk.module.full(node.func) if head not in env or not head else ""
    last = node.func.attr if isinstance(node.func, ast.Attribute) else name
    base = NOTHING
    if isinstance(node.func, ast.Attribute):
        base = walk.value(node.func.value, env)
    elif not name:
        base = walk.value(node.func, env)
    local = env.get(f"def {name}")
    if local is not None and name:
        return _local(walk, local.same, given, named)
    if head == "self" and walk.owner is not None and name.count(".") == 1:
        found = _method(walk, last, node, given, named, env)
        if found is not None:
            return found
    if name and name in env:
        base = env[name]  # a function under a name of the test
        if "function" in base.labels and base.same > 0:
            return _local(walk, base.same, given, named)
    if isinstance(node.func, ast.Attribute) and base.same in walk.instances:
        found = _of_instance(walk, base.same, last, given, named)
        if found is not None:
            return found
    if head not in env or head in walk.module.imports:
        defined = walk.suite.defined(walk.module, node.func) if name else None
        if defined is not None:
            return _defined(walk, defined, node, given, named, arguments, env)
    return _foreign(walk, node, full, last, base, given, named, arguments, env)


def _local(walk: Walk, number: int, given: list[Value], named: dict[str | None, Value]) -> Value:
    function, around, module = walk.kept[number - 1]
    return walk.inline(function, module, walk.owner, _bound(function, given, named, False), around)


def _method(walk: Walk, name: str, node: ast.Call, given: list[Value], named: dict[str | None, Value],
            env: Env) -> Value | None:  # fmt: skip
    assert walk.owner is not None
    function = next((one for one in walk.owner.body if isinstance(one, Function) and one.name == name), None)
    if function is None:
        return None
    return walk.inline(function, walk.module, walk.owner, _bound(function, given, named, True), env)


def _of_instance(walk: Walk, number: int, name: str, given: list[Value],
                 named: dict[str | None, Value]) -> Value | None:  # fmt: skip
    """What a method of a helper class gives back; None when the class itself does not define it."""
    owner, module, kept = walk.instances[number]
    function = next((one for one in owner.body if isinstance(one, Function) and one.name == name), None)
    if function is None:
        return None
    return walk.inline(function, module, owner, _bound(function, given, named, True), kept)


def _instance(walk: Walk, found: Defined, owner: ast.ClassDef, given: list[Value], named: dict[str | None, Value],
              arguments: Value) -> Value:  # fmt: skip
    """An object of a class of the tests, with what its constructor keeps."""
    number = walk.fresh()
    kept: Env = {f"self.{name}": value for name, value in named.items() if name is not None}
    walk.instances[number] = (owner, found.module, kept)
    _of_instance(walk, number, "__init__", given, named)
    return Value(arguments.labels, number, arguments.texts)


def _bound(function: Function, given: list[Value], named: dict[str | None, Value], method: bool) -> dict[str, Value]:
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    names = names[1:] if method else names
    found = dict.fromkeys(names, NOTHING)
    found |= dict(zip(names, given, strict=False))
    for one in function.args.kwonlyargs:
        found[one.arg] = NOTHING
    if function.args.vararg is not None:
        found[function.args.vararg.arg] = joined(given[len(names) :])
    for name, value in named.items():
        if name is not None:
            found[name] = value
    if function.args.kwarg is not None:
        found[function.args.kwarg.arg] = joined(named.values())
    return found


def _defined(walk: Walk, found: Defined, node: ast.Call, given: list[Value], named: dict[str | None, Value],
             arguments: Value, env: Env) -> Value:  # fmt: skip
    """A function or class of the repository: one under test, or a helper of the tests."""
    from gradeline.facts.tests_files import is_under_test
    from gradeline.facts.tests_flow import Called

    if not is_under_test(found.module.path):
        if isinstance(found.node, Function):
            return walk.inline(found.node, found.module, None, _bound(found.node, given, named, False))
        if not walk.under.extends(found.module, found.node):
            return _instance(walk, found, found.node, given, named, arguments)
        return Value(arguments.labels, walk.fresh(), arguments.texts)
    name = dotted(node.func)
    where = found.module.path.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    if any(one in (f"{where}.{found.node.name}", walk.module.full(node.func)) for one in walk.patched):
        walk.story.called.append(Called(name, found.module.path, walk.module.span(node)))
        return Value(frozenset({"mock"}), walk.fresh())
    labels = {label for label in arguments.labels if not label.startswith("num:")} | {"code"}
    does = walk.under.does(found)
    if does & {"fits", "loads"} and "measures" not in does:
        labels.add("model")
    if "predicts" in does and "fits" not in does:
        labels = {label for label in labels if not label.startswith("says:")}
        labels |= {"predicted", walk.answer((*given, *named.values()))}
    if "measures" in does:
        labels.add("metric")
    labels |= _data(walk, arguments, named)
    labels |= does & {"maybe-none"}
    if "fits" in does and "full" in arguments.labels:
        walk.story.labels.add("trained-on-all")
    under = walk.under.holds(found.module.path)
    if under:
        leave_marks(walk, node, arguments, env)
    if under:
        walk.story.called.append(
            Called(found.node.name if isinstance(found.node, Function) else name, found.module.path,
                   walk.module.span(node), arguments.labels, does)
        )  # fmt: skip
    elif "code" not in arguments.labels:
        labels.discard("code")
        labels.add("other")
    return Value(frozenset(labels), walk.fresh(), frozenset())


def leave_marks(walk: Walk, node: ast.Call, arguments: Value, env: Env) -> None:
    """The code under test may have changed what it was given when nobody takes what it gives back, and it may have
    written into a folder of the test."""
    for name, value in env.items():
        if "captured" in value.labels:
            env[name] = value.with_labels({"code"})
    if "tmp" in arguments.labels:
        for name, value in env.items():
            if "tmp" in value.labels:
                env[name] = value.with_labels({"code"})
    if walk.dropped is node:
        for one in (*node.args, *(word.value for word in node.keywords)):
            if isinstance(one, ast.Name) and one.id in env:
                env[one.id] = env[one.id].with_labels({"code"})


def _data(walk: Walk, arguments: Value, named: dict[str | None, Value], unknown: bool = False) -> frozenset[str]:
    """``data`` when an argument is the path of a data file of the repository, ``full`` when all of it is read."""
    if "tmp" in arguments.labels:
        return frozenset()
    found: set[str] = set()
    if unknown and not arguments.texts:
        return frozenset({"data"})  # some file that the test did not write
    for text in sorted(arguments.texts):
        base = text.rpartition("/")[2]
        if not base.endswith(known.DATA_ENDINGS):
            continue
        for path in _named(walk, base):
            found.add("data")
            if "nrows" not in named and "/test" not in f"/{path}" and _long(walk, path):
                found.add("full")
    return frozenset(found)


def _named(walk: Walk, base: str) -> list[str]:
    index: dict[str, list[str]] = walk.suite.__dict__.setdefault("_by_name", {})
    if not index:
        for path in walk.suite.project.paths:
            index.setdefault(path.rpartition("/")[2].removesuffix(".dvc"), []).append(path)
    return index.get(base, [])


def _long(walk: Walk, path: str) -> bool:
    """Whether a data file has more than 500 rows, or only its hash is here."""
    if path.endswith(".dvc"):
        return True
    source = walk.suite.project.files.get(path)
    return source is not None and source.text.count("\n") > MANY_ROWS + 1


def _told_all(walk: Walk, node: ast.Call, full: str, last: str, env: Env) -> bool:
    """Whether a program is started with words, or finds words in ``sys.argv``, of which one is a long data file."""
    if not (full.startswith(known.STARTS) or last in ("setattr", "invoke")):
        return False
    given = (*node.args, *(word.value for word in node.keywords))
    for word in [word for one in given if isinstance(one, ast.List | ast.Tuple) for word in one.elts[:20]]:
        value = walk.value(word, env)
        names = () if "tmp" in value.labels else [text.rpartition("/")[2] for text in sorted(value.texts)]
        if any(_long(walk, path) for name in names if name.endswith(known.DATA_ENDINGS) for path in _named(walk, name)):
            return True
    return False


def _foreign(walk: Walk, node: ast.Call, full: str, last: str, base: Value, given: list[Value],
             named: dict[str | None, Value], arguments: Value, env: Env) -> Value:  # fmt: skip
    labels = set(base.labels | arguments.labels)
    _note(walk, node, full, last, base, named, arguments)
    if _told_all(walk, node, full, last, env):
        walk.story.labels.add("told-all")
    if last in ("setattr", "object", "patch") and "model" in arguments.labels:
        walk.real |= walk._patched(walk.module, [node])
    if "code" in base.labels:  # a method of an object of the code under test
        leave_marks(walk, node, joined((base, arguments)), env)
    if last.startswith("assert") and last != "assert_called":
        _asserts(walk, node, last, base, env)
        return Value(frozenset(labels), walk.fresh())
    if last == "raise_for_status" and "http" in base.labels:
        walk._add("status", node, base.labels, "")
    if "http" in base.labels and last in asked.BODY:
        labels.add("body")
    if last in known.SCHEMA_CALLS and given and (base.labels or full):
        schemas = [*node.args, *(word.value for word in node.keywords)]
        if isinstance(node.func, ast.Attribute):
            schemas.append(node.func.value)
        bounded = {"bounded"} if asked.bounded_schema(walk.module, schemas, walk.suite.defined) else set()
        walk._add("schema", node, arguments.labels | (base.labels & {"code"}) | bounded, "")
    if last in asked.CONTRACTS and "contract" in base.labels:
        about = {label for label in base.labels if label.startswith(("ask:", "except:", "schema"))}
        walk._add("contract", node, {"http"} | about, "")
    if full.rpartition(".")[2] in known.MOCKS or "mock" in base.labels or last == "Mock":
        return Value(frozenset({"mock"}), walk.fresh())
    if last in known.FITS and isinstance(node.func, ast.Attribute):
        if "full" in arguments.labels:
            walk.story.labels.add("trained-on-all")
        labels |= {"model"}
        _touch(node.func.value, labels, walk, env)
    if last in known.MUTATES and isinstance(node.func, ast.Attribute):
        _touch(node.func.value, labels, walk, env)
    if last in known.PREDICTS:
        labels = {label for label in labels if not label.startswith("says:")}
        labels |= {"predicted", walk.answer((*given, *named.values()))}
    if full in known.LOADS_MODEL:
        labels.add("model")
    if full in known.READS_DATA or last in ("read_text", "read_csv", "read_parquet"):
        labels |= _data(walk, joined((base, arguments)), named, full.startswith(("pandas.", "polars.")))
    if known.is_metric(full, last):
        labels.add("metric")
    if (last in known.FEWER_ROWS and not _all_rows(node)) or (last == "train_test_split" and _few_rows(node)):
        labels.discard("full")
    if full in known.CLIENTS or full in known.IN_PROCESS:
        labels |= {"client"}
        if any(word.arg == "timeout" for word in node.keywords) or full.startswith(asked.PATIENT):
            labels.add("limited" if asked.limited(full, last, node, base) else "unlimited")
    if full == "functools.partial" and any(word.arg == "timeout" for word in node.keywords):
        labels.add("limited" if asked.limited(full, last, node, base) else "unlimited")
    if full in known.IN_PROCESS or "near" in arguments.labels:
        labels |= {"near"}
    if last in known.METHODS and ("client" in base.labels or full.startswith(known.NETWORK)):
        # What went into the request says nothing about where the answer comes from.
        gone = {"client", "code", "model", "predicted", "data", "full", "limited", "unlimited", "body", "status"}
        labels = {"http", *(label for label in labels - gone - {"near"} if not label.startswith(("=", "ask:")))}
        labels |= asked.asks((*given[:2], *(named[one] for one in ("url", "path") if one in named), base))
    if full.startswith(known.STARTS) or (last == "invoke" and "run" in base.labels):
        labels.add("run")
    if full in known.CLOCKS:
        labels.add("time")
    if full.startswith(known.CLOUD):
        labels.add("other")
    if (full in ("pandas.DataFrame", "pandas.Series") and not node.args and "data" not in named
            and not any(key in named for key in ("columns",))) or (full == "float" and _nan(node)):  # fmt: skip
        labels.add("edge")
        if full == "float":
            labels.add("num:nan")
    if full == "pandas.DataFrame" and not node.args and set(named) <= {"columns", "dtype", "index"}:
        labels.add("edge")
    if last == "benchmark" and node.args and isinstance(node.args[0], ast.Name | ast.Attribute):
        inner = ast.copy_location(ast.Call(node.args[0], list(node.args[1:]), []), node)
        labels |= call(walk, inner, env).labels
    texts = base.texts | arguments.texts if len(base.texts | arguments.texts) < 24 else frozenset()
    result = Value(frozenset(labels), walk.fresh(), texts)
    if last in ("copy", "deepcopy", "assign", "DataFrame", "reset_index") and not named and len(node.args) <= 1:
        source = given[0] if given and last in ("copy", "deepcopy", "DataFrame") else base
        walk.origins[result.same] = walk.origin(source)
    return result


def _all_rows(node: ast.Call) -> bool:
    """Whether a call that takes some rows takes all or many of them: ``sample(frac=1)``, ``head(1000)``."""
    for word in node.keywords:
        if word.arg == "frac" and isinstance(word.value, ast.Constant) and word.value.value in (1, 1.0):
            return True
    counts = [*node.args[:1], *(word.value for word in node.keywords if word.arg == "n")]
    known = [one.value for one in counts if isinstance(one, ast.Constant) and isinstance(one.value, int)]
    return any(one > MANY_ROWS for one in known)


def _few_rows(node: ast.Call) -> bool:
    """Whether a split gives a part of so many rows (scikit-learn, ``train_test_split``: a whole number is a count)."""
    sizes = [word.value for word in node.keywords if word.arg == "train_size"]
    return any(isinstance(one, ast.Constant) and type(one.value) is int and one.value <= MANY_ROWS for one in sizes)


def _nan(node: ast.Call) -> bool:
    first = node.args[0] if node.args else None
    return isinstance(first, ast.Constant) and str(first.value).lower().lstrip("+-") in ("nan", "inf", "infinity")


def _touch(target: ast.expr, labels: set[str], walk: Walk, env: Env) -> None:
    """A method that changes its object marks the name of the object."""
    name = dotted(target)
    if name in env:
        env[name] = Value(env[name].labels | labels, env[name].same, env[name].texts)


def _note(walk: Walk, node: ast.Call, full: str, last: str, base: Value, named: dict[str | None, Value],
          arguments: Value) -> None:  # fmt: skip
    """What a call does to the world, and whether it is the same each time."""
    if full in known.SLEEPS:
        walk.effect("sleep", node, full)
    near = "near" in base.labels | arguments.labels
    sends = last in known.METHODS or last in asked.CONTRACTS
    if full.startswith(known.NETWORK) and not near and (last in known.METHODS or full in known.CLIENTS):
        walk.effect("network", node, full)
    if "client" in base.labels and not near and sends and not full.startswith(known.NETWORK):
        walk.effect("network", node, last)
    if sends and ("client" in base.labels or full.startswith(known.NETWORK)):
        ends = near or "contract" in base.labels or asked.limited(full, last, node, base)
        walk.story.requests.append((walk.module.span(node), ends))
    if full == "socket.setdefaulttimeout" and node.args and not (
            isinstance(node.args[0], ast.Constant) and node.args[0].value is None):  # fmt: skip
        walk.story.limited = True
    if full.startswith(known.CLOUD):
        walk.effect("cloud", node, full)
    if full in known.GLOBAL_SEEDS:
        walk.story.seeded = True
    elif full in known.GENERATORS:
        if not node.args and "seed" not in named and full != "numpy.random.Generator":
            walk.effect("random", node, full)
    elif full in known.SPLITS or (last == "sample" and base.labels & {"data", "code"}):
        if "random_state" not in named:
            walk.effect("random", node, full or last)
    elif full.startswith(known.DRAWS) and full not in known.GLOBAL_SEEDS:
        walk.effect("random", node, full)
    writes = last in ("to_csv", "to_parquet", "write_text", "write_bytes") or full in ("joblib.dump", "pickle.dump")
    if writes and "full" in base.labels and "tmp" in arguments.labels:
        walk.story.labels.add("told-all")  # a program that reads the file gets all of the data
    if writes and "tmp" not in base.labels | arguments.labels and (arguments.texts or base.texts):
        walk.effect("write", node, last)


def _asserts(walk: Walk, node: ast.Call, last: str, base: Value, env: Env) -> None:
    """Assertions that are functions: of unittest, NumPy, pandas and others."""
    arguments = [*node.args, *(word.value for word in node.keywords)]
    if "mock" in base.labels:
        walk._add("helper", node, {"mock"}, "")
        return
    if last.startswith(("assertRaises", "assertWarns", "assertLogs")):
        if len(node.args) > 1:
            called = ast.copy_location(ast.Call(node.args[1], list(node.args[2:]), list(node.keywords)), node)
            labels = walk.value(called, env).labels
            walk._add("raises", node, labels, "" if labels else "nothing of the code under test runs in it", node)
        return
    if last in _TRUE and node.args:
        test: ast.expr = node.args[0]
        if last == "assertFalse":
            test = ast.copy_location(ast.UnaryOp(ast.Not(), test), node)
        walk._claim("helper", node, test, env)
        return
    if last in ("assertGreater", "assertGreaterEqual", "assertLess", "assertLessEqual") and len(node.args) >= 2:
        ops: dict[str, ast.cmpop] = {"assertGreater": ast.Gt(), "assertGreaterEqual": ast.GtE(),
                                     "assertLess": ast.Lt(), "assertLessEqual": ast.LtE()}  # fmt: skip
        test = ast.copy_location(ast.Compare(node.args[0], [ops[last]], [node.args[1]]), node)
        walk._claim("helper", node, test, env)
        return
    values = [walk.value(one, env) for one in arguments]
    empty = "it says only that there is something" if last in _THERE else ""
    if len(node.args) >= 2 and "Not" not in last:
        if identical(node.args[0], node.args[1], lambda one: walk.value(one, env)):
            empty = "it compares a thing with itself"
        elif isinstance(node.args[0], ast.Constant) and isinstance(node.args[1], ast.Constant):
            empty = "it is always true"
    labels = joined(values).labels
    about: frozenset[str] = frozenset()
    if len(node.args) >= 2 and "Not" not in last:
        less = last == "assert_array_less"
        said = ast.Compare(node.args[0], [ast.Lt() if less else ast.Eq()], [node.args[1]])
        about = walk._about(ast.copy_location(said, node), labels, env)
    walk._add("helper", node, labels, empty, node, about)
