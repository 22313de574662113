"""What a program does with registered models, read from the calls of one experiment (``Run.calls``), in their order.

MLflow documentation, ``mlflow.register_model``, ``mlflow.client`` and "REST API"; Weights & Biases documentation,
``Run.log_artifact``, ``Run.link_artifact`` and ``Artifact.aliases``; AWS, SageMaker API, CreateModelPackage and
UpdateModelPackage (``ModelApprovalStatus``); GTO documentation, ``gto register`` and ``gto assign``.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Literal

from gradeline.facts.gate_values import Const, Data, Seq, Table, Value, leaves
from gradeline.model.code import Codebase, Module
from gradeline.records import record
from gradeline.source import Span

if TYPE_CHECKING:
    from gradeline.facts.gate_experiment import Run

Kind = Literal["register", "alias", "stage", "copy", "train", "delete"]

STARTS = frozenset(
    {
        "subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output", "subprocess.Popen",
        "os.system", "subprocess.getoutput",
    }
)  # fmt: skip
APPROVED = "Approved"  # SageMaker's word for the version that may be deployed
_SENDS = frozenset({"post", "put", "patch", "request"})
_TRAINS = frozenset({"fit", "fit_transform", "partial_fit", "fit_predict"})
_COPIES = frozenset(
    {"copy", "copy2", "copyfile", "copytree", "move", "upload_file", "upload_fileobj", "upload_blob", "copy_object",
     "save_model"}
)  # fmt: skip
_COPIERS = frozenset({"shutil", "boto3", "google", "mlflow"})
_DUMPERS = frozenset({"joblib", "pickle", "cloudpickle", "dill"})
_DELETES = frozenset({"delete_model_version", "delete_registered_model", "delete_model_package"})


@record
class Act:
    """One thing that is done.  ``place`` counts the calls before it, ``call`` is the call that does it.  ``version``
    is what a version is made from, or the version that an alias is given to."""

    kind: Kind
    place: int
    call: Data
    model: Value | None = None
    alias: Value | None = None
    version: Value | None = None

    @property
    def span(self) -> Span:
        return self.call.span

    @property
    def numbered(self) -> bool:
        """Whether the program says itself which version it makes, so that it need not ask."""
        if self.call.call in STARTS:
            return any(text_of(word).startswith("--version") for word in started_words(self.call))
        return self.call.call.startswith("gto.") and "version" in self.call.named

    @property
    def name(self) -> str:
        """The alias as far as it is known."""
        return text_of(self.alias) if self.alias is not None else ""


def acts(calls: Iterable[Data]) -> tuple[Act, ...]:
    """Everything that is done with registered models."""
    return tuple(one for place, call in enumerate(calls) for one in _acts(place, call))


def _acts(place: int, call: Data) -> Iterator[Act]:
    last = call.call.rpartition(".")[2]
    known = _KNOWN.get(last)
    if known is not None:
        yield from known(place, call)
    elif call.call in STARTS:
        yield from _started(place, call)
    elif last in _SENDS:
        yield from _sent(place, call)
    elif last in _TRAINS:
        yield Act("train", place, call)
    elif last in _DELETES:
        yield Act("delete", place, call, argument(call, "name", 0), None, argument(call, "version", 1))
    elif (last in _COPIES and call.call.partition(".")[0] in _COPIERS) or (
        last == "dump" and call.call.partition(".")[0] in _DUMPERS
    ):
        yield Act("copy", place, call)


def argument(call: Data, name: str, position: int) -> Value | None:
    """What a call is given, by name or place."""
    if name in call.named:
        return call.named[name]
    return call.given[position] if 0 <= position < len(call.given) else None


def text_of(value: Value | None, depth: int = 0) -> str:
    """A text as far as it is known; what is not is ``{…}``."""
    if isinstance(value, Const):
        return str(value.data) if value.data is not None else ""
    if isinstance(value, Data):
        if value.call != "text" or not value.key:
            return "{…}"
        if value.key[-1].startswith("line ") and depth < 12:  # put together from its parts
            return "".join(text_of(one, depth + 1) for one in value.given)[:2000] or "{…}"
        return value.key[-1]
    return ""


def _registered(place: int, call: Data) -> Iterator[Act]:
    yield Act("register", place, call, argument(call, "name", 1), None, argument(call, "model_uri", 0))


def _logged(place: int, call: Data) -> Iterator[Act]:
    name = call.named.get("registered_model_name")
    if name is not None and not (isinstance(name, Const) and name.data is None):
        model = call.named.get("sk_model") or (call.given[0] if call.given else None)
        yield Act("register", place, call, name, None, model)


def _version_made(place: int, call: Data) -> Iterator[Act]:
    yield Act("register", place, call, argument(call, "name", 0), None, argument(call, "source", 1))


def _alias_set(place: int, call: Data) -> Iterator[Act]:
    model, alias = argument(call, "name", 0), argument(call, "alias", 1)
    yield Act("alias", place, call, model, alias, argument(call, "version", 2))


def _copied(place: int, call: Data) -> Iterator[Act]:
    """MLflow's way between registered models, one for each environment."""
    yield Act("alias", place, call, argument(call, "dst_name", 1), None, argument(call, "src_model_uri", 0))


def _staged(place: int, call: Data) -> Iterator[Act]:
    model, stage = argument(call, "name", 0), argument(call, "stage", 2)
    yield Act("stage", place, call, model, stage, argument(call, "version", 1))


def _package(place: int, call: Data) -> Iterator[Act]:
    yield Act("register", place, call, call.named.get("ModelPackageGroupName"), None, call)
    yield from _approved(place, call)


def _approved(place: int, call: Data) -> Iterator[Act]:
    status = call.named.get("ModelApprovalStatus")
    if text_of(status) == APPROVED:
        yield Act("alias", place, call, None, status, call.named.get("ModelPackageArn"))


def _artifact_logged(place: int, call: Data) -> Iterator[Act]:
    artifact = call.given[0] if call.given else call.named.get("artifact_or_path", call.named.get("artifact"))
    if not (isinstance(artifact, Data) and artifact.call.endswith("Artifact")):
        return  # MLflow's ``log_artifact`` only keeps a file
    yield Act("register", place, call, argument(artifact, "name", 0), None, artifact)
    yield from _given_aliases(place, call, artifact)


def _artifact_linked(place: int, call: Data) -> Iterator[Act]:
    own = call.call.endswith(".link")
    artifact = call if own else argument(call, "artifact", 0)
    path = argument(call, "target_path", 0 if own else 1)
    if own or (isinstance(artifact, Data) and (artifact.call.endswith(("Artifact", "log_artifact")))):
        yield Act("register", place, call, path, None, artifact)  # one that was there already only gets an alias
    yield from _given_aliases(place, call, artifact)


def _given_aliases(place: int, call: Data, artifact: Value | None) -> Iterator[Act]:
    found = call.named.get("aliases")
    for alias in found.items if isinstance(found, Seq) else ():
        yield Act("alias", place, call, None, alias, artifact)


def _appended(place: int, call: Data) -> Iterator[Act]:
    """``artifact.aliases.append("champion")``; ``artifact.aliases = [...]``"""
    if call.call.endswith("aliases=") or call.key[-2:-1] == ("aliases",):
        holder = call.source if call.source is not None else call
        if holder.key[-1:] == ("aliases",) and holder.source is not None:
            holder = holder.source
        for value in call.given:
            for alias in value.items if isinstance(value, Seq) else (value,):
                if isinstance(alias, Const):
                    yield Act("alias", place, call, None, alias, holder)


def _gto_registered(place: int, call: Data) -> Iterator[Act]:
    if call.call.startswith("gto"):
        yield Act("register", place, call, argument(call, "name", 1), None, argument(call, "ref", 2))


def _gto_assigned(place: int, call: Data) -> Iterator[Act]:
    if call.call.startswith("gto"):
        version = call.named.get("version", call.named.get("ref"))
        yield Act("alias", place, call, argument(call, "name", 1), argument(call, "stage", 2), version)


def _started(place: int, call: Data) -> Iterator[Act]:
    """Another program: ``subprocess.run(["gto", "register", "churn"])``"""
    words = started_words(call)
    texts = [text_of(one) for one in words]
    names = [text for text in texts if text]
    if names[:2] == ["gto", "register"]:
        yield Act("register", place, call, _operand(words), None, _option(words, "--ref") or Const("HEAD"))
    elif names[:2] == ["gto", "assign"]:
        yield Act("alias", place, call, _operand(words), _option(words, "--stage"), _option(words, "--version"))
    elif names[:3] == ["aws", "sagemaker", "create-model-package"]:
        yield Act("register", place, call, _option(words, "--model-package-group-name"), None, call)
    elif names[:3] == ["aws", "sagemaker", "update-model-package"]:
        status = _option(words, "--model-approval-status")
        if text_of(status) == APPROVED:
            yield Act("alias", place, call, None, status, _option(words, "--model-package-arn"))


def started_words(call: Data) -> tuple[Value, ...]:
    """The words of a program that a script starts."""
    first = call.given[0] if call.given else call.named.get("args")
    if isinstance(first, Seq):
        return tuple(first.items)
    if isinstance(first, Const) and isinstance(first.data, str):
        try:
            return tuple(Const(word, first.origin, first.span) for word in shlex.split(first.data[:2000]))
        except ValueError:
            return ()
    if isinstance(first, Data) and first.call == "text":
        pieces = [Const(word) for word in first.key[-1].split()]
        return (*pieces, *leaves(*first.given))
    return ()


def _operand(words: tuple[Value, ...]) -> Value | None:
    """The first word behind the command that is no option."""
    return next((one for one in words[2:] if not text_of(one).startswith("-")), None)


def _option(words: tuple[Value, ...], name: str) -> Value | None:
    for position, word in enumerate(words):
        text = text_of(word)
        if text == name and position + 1 < len(words):
            return words[position + 1]
        if text.startswith(f"{name}="):
            return Const(text.partition("=")[2]) if "{…}" not in text else word
    return None


def _sent(place: int, call: Data) -> Iterator[Act]:
    """A request to the registry's own interface."""
    url = next((text_of(one) for one in (*call.given[:2], call.named.get("url")) if "/" in text_of(one)), "")
    body = call.named.get("json", call.named.get("data"))
    entries: Mapping[object, Value] = body.items if isinstance(body, Table) else {}
    model, version = entries.get("name"), entries.get("version")
    if url.endswith("/registered-models/alias"):
        yield Act("alias", place, call, model, entries.get("alias"), version)
    elif url.endswith("/model-versions/transition-stage"):
        yield Act("stage", place, call, model, entries.get("stage"), version)
    elif url.endswith("/model-versions/create"):
        yield Act("register", place, call, model, None, entries.get("source"))


_KNOWN: dict[str, Callable[[int, Data], Iterator[Act]]] = {
    "register_model": _registered, "log_model": _logged, "create_model_version": _version_made,
    "set_registered_model_alias": _alias_set, "copy_model_version": _copied,
    "transition_model_version_stage": _staged, "create_model_package": _package,
    "update_model_package": _approved, "log_artifact": _artifact_logged, "link_artifact": _artifact_linked,
    "link": _artifact_linked, "append": _appended, "aliases=": _appended, "register": _gto_registered,
    "assign": _gto_assigned,
}  # fmt: skip


def written_down(source: Value | None) -> bool:
    """Whether what a version is made from is one run that stands in the program."""
    if not isinstance(source, Const) or source.origin != "code":
        return False
    return text_of(source).startswith(("runs:/", "models:/m-"))


def made_here(source: Value | None) -> bool:
    """Whether a model is made by the program itself."""
    return isinstance(source, Data) and source.call.startswith(("sklearn.", "xgboost.", "lightgbm."))


def only_kept(call: Data) -> bool:
    """Whether a call only keeps a model or file with a run."""
    last = call.call.rpartition(".")[2]
    return call.call.startswith("mlflow.") and last in ("log_artifact", "log_artifacts", "log_model")


def given_since(asks: Data, calls: Iterable[Data]) -> bool:
    """Whether a call asks for an alias that this run itself has given before: then there is one."""
    wanted = {text_of(one) for one in (*asks.given, *asks.named.values())} - {""}
    return any(one.kind == "alias" and one.name in wanted for one in acts(calls))


# Names by which a file is quickly known to have nothing to do with a registry.
WORDS = (
    "register_model", "registered_model_name", "create_model_version", "set_registered_model_alias",
    "copy_model_version", "transition_model_version_stage", "model_package", "link_artifact", "log_artifact(",
    ".aliases", "gto", "registered-models", "model-versions", "model-package", ".link(",
)  # fmt: skip


def module_may_act(code: Codebase, module: Module) -> bool:
    """A quick look at the text of a file and of what it imports from the repository: it may do something with
    registered models."""
    todo, seen = [module], {module.path}
    while todo and len(seen) < 12:
        one = todo.pop()
        if any(word in one.source.text for word in WORDS):
            return True
        for name in one.imports.values():
            inner = code.module(name, one) or code.module(name.rpartition(".")[0] or name, one)
            if inner is not None and inner.path not in seen:
                seen.add(inner.path)
                todo.append(inner)
    return False


def unheard(call: Data, run: Run) -> bool:
    """Whether a failure of a call that only answers with a status goes unnoticed."""
    last = call.call.rpartition(".")[2]
    if call.call in STARTS:
        if last in ("check_call", "check_output"):
            return False
        check = call.named.get("check")
        if isinstance(check, Const) and check.data is True:
            return False
        return not _looked_at(call, run)
    if last not in _SENDS:
        return False
    return not _looked_at(call, run)


def _looked_at(call: Data, run: Run) -> bool:
    length = len(call.key)
    asked = [data for data, _ in run.asked.values()]
    judged = [leaf for one in run.compared for leaf in leaves(one.left, one.right)]
    if any(one.key[:length] == call.key and one.key != call.key for one in (*asked, *judged)):
        return True
    return any(
        other.call.rpartition(".")[2] in ("raise_for_status", "check_returncode") and other.key[: length] == call.key
        for other in run.calls
    )
