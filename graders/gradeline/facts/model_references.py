"""By which names the code of a submission asks for registered models, as its texts say.

MLflow documentation, "Model Registry" (``models:/<name>@<alias>``, ``models:/<name>/<version>``; a stage in its place
is deprecated, ``latest`` is whichever was registered last); Weights & Biases documentation, "Download and use
artifacts" (``<name>:<alias>``); DVC documentation, ``dvc.api.artifacts_show`` and ``dvc artifacts get`` (``stage``,
``rev``); AWS, SageMaker API, ListModelPackages (``ModelApprovalStatus``).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Literal

from gradeline.model.code import Module
from gradeline.records import record
from gradeline.source import Span

How = Literal["alias", "version", "stage", "latest", "run", "path", "computed", "fetched"]

HOLE = "\0"
_STAGES = frozenset({"production", "staging", "archived", "none"})
_MODELS = re.compile(r"models:/(?P<name>[^@\s/]{1,200})(?:@(?P<alias>[^/\s]{1,200})|/(?P<version>[^/\s]{1,200}))")
_RUNS = re.compile(r"runs:/(?P<run>[^/\s]{1,200})/")
_FILE_LOADS = frozenset({"load", "read_pickle", "load_model", "from_file", "InferenceSession"})
_FILE_LIBRARIES = frozenset({"joblib", "pickle", "cloudpickle", "dill", "skops", "onnxruntime", "pandas"})
_FETCHES = frozenset({"download_artifacts", "download_file", "download_fileobj", "download", "checkout", "get_file"})
_ARTIFACTS = frozenset({"artifact", "use_artifact", "use_model"})
_MODEL_FILES = (".joblib", ".pkl", ".pickle", ".onnx", ".skops", ".bin", ".json", ".ubj")


@record
class Reference:
    """One place where a model is asked for; ``shown`` is how."""

    how: How
    shown: str
    span: Span


def references(module: Module) -> tuple[Reference, ...]:
    """Every way in which a file asks for a model, in the order of the text."""
    return tuple(sorted(_all(module), key=lambda one: (one.span.line, one.span.column)))


def _all(module: Module) -> Iterator[Reference]:
    names = _constants(module.tree)
    prose = _prose(module.tree)
    inside: set[int] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.JoinedStr):
            inside |= {id(one) for one in ast.walk(node) if one is not node}
        if id(node) in prose or id(node) in inside:
            continue
        text = _text(node, names)
        if text is not None and isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp):
            yield from _of_text(text, module.span(node), node)
        if isinstance(node, ast.Call):
            yield from _of_call(module, node, names)


def _prose(tree: ast.Module) -> frozenset[int]:
    """Texts that stand for themselves: what a function or a file says about itself."""
    return frozenset(id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr))


def _constants(tree: ast.Module) -> dict[str, str]:
    """Names of the file that are bound once, to a text."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Name):
                if target.id in found:
                    twice.add(target.id)
                if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
                    found[target.id] = node.value.value
    return {name: text for name, text in found.items() if name not in twice}


def _text(node: ast.AST, names: dict[str, str]) -> str | None:
    """A text as far as it is written; what is computed in it is a hole."""
    if isinstance(node, ast.Constant):
        return node.value[:500] if isinstance(node.value, str) else None
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.JoinedStr):
        parts = []
        for piece in node.values:
            inner = piece.value if isinstance(piece, ast.FormattedValue) else piece
            text = _text(inner, names)
            parts.append(HOLE if text is None else text)
        return "".join(parts)[:500]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        sides = [_text(side, names) if not isinstance(side, ast.BinOp) else None for side in (node.left, node.right)]
        if any(side is not None for side in sides):
            return "".join(HOLE if side is None else side for side in sides)[:500]
    return None


def _of_text(text: str, span: Span, node: ast.AST) -> Iterator[Reference]:
    found = _MODELS.search(text)
    if found is not None:
        shown = found.group().replace(HOLE, "{…}")
        if found["alias"] is not None:
            yield Reference("latest" if found["alias"].lower() == "latest" else "alias", shown, span)
            return
        version = found["version"]
        if version.lower() in _STAGES or (HOLE in version and _says(node, "stage")):
            yield Reference("stage", shown, span)
        elif version.lower() == "latest":
            yield Reference("latest", shown, span)
        else:
            yield Reference("version", shown, span)
        return
    run = _RUNS.search(text)
    if run is not None and HOLE not in run["run"]:
        yield Reference("run", run.group(), span)


def _says(node: ast.AST, word: str) -> bool:
    """Whether a name inside an expression has a word in it."""
    for one in ast.walk(node):
        name = getattr(one, "id", getattr(one, "attr", None))
        if name is None and isinstance(one, ast.Constant) and one.value != "":
            name = one.value if isinstance(one.value, str) and "/" not in one.value else None
        if isinstance(name, str) and word in name.lower():
            return True
    return False


def _of_call(module: Module, node: ast.Call, names: dict[str, str]) -> Iterator[Reference]:
    full = module.full(node.func) or ""
    last = full.rpartition(".")[2] or getattr(node.func, "attr", "")
    root = full.partition(".")[0]
    first = node.args[0] if node.args else next((one.value for one in node.keywords), None)
    named = {one.arg: one.value for one in node.keywords if one.arg}
    span = module.span(node)
    if last in _FETCHES:
        yield Reference("fetched", full or last, span)
        return
    if last in _ARTIFACTS and first is not None:
        text = _text(first, names)
        if text is not None and ":" in text:
            word = text.rpartition(":")[2]
            yield Reference("latest" if word == "latest" else "alias", text.replace(HOLE, "{…}"), span)
        elif text is not None:
            yield Reference("latest", text.replace(HOLE, "{…}"), span)
        return
    if last == "artifacts_show" or (last in ("open", "read", "get_url", "get") and full.startswith("dvc.api")):
        if "stage" in named or "version" in named or "rev" in named:
            yield Reference("alias" if "stage" in named else "version", full, span)
        return
    if last == "list_model_packages":
        text = _text(named["ModelApprovalStatus"], names) if "ModelApprovalStatus" in named else None
        yield Reference("alias" if text == "Approved" else "latest", full or last, span)
        return
    if last in ("get_model_version_by_alias", "find_versions_in_stage"):
        yield Reference("alias", last, span)
        return
    if last == "get_latest_versions":
        yield Reference("latest", last, span)
        return
    if last in _FILE_LOADS and (root in _FILE_LIBRARIES or (root == "mlflow" and last == "load_model")):
        yield from _of_load(first, names, root, full, span)


def _of_load(
    first: ast.expr | None, names: dict[str, str], root: str, full: str, span: Span
) -> Iterator[Reference]:
    """A model that is read from a path, or by an address that is put together elsewhere."""
    fallback = _fallback(first, names)
    text = _text(first, names) if first is not None else None
    for candidate in (text, fallback):
        if candidate is None:
            continue
        if candidate.startswith(("models:/", "runs:/")):
            return  # the text itself is a reference
        yield Reference("path", candidate.replace(HOLE, "{…}")[:80], span)
        return
    yield Reference("computed", full, span)


def _fallback(node: ast.expr | None, names: dict[str, str]) -> str | None:
    """``os.environ.get("MODEL", "models:/churn@champion")``: what it is when nobody says something else."""
    if isinstance(node, ast.Call) and len(node.args) > 1:
        return _text(node.args[1], names)
    if isinstance(node, ast.BoolOp):
        return next((text for one in reversed(node.values) if (text := _text(one, names)) is not None), None)
    return None
