"""What programs do with registered models, as verdicts: versions that are made, aliases that are moved."""

from __future__ import annotations

from collections.abc import Iterable

from gradeline.checks.support.gate_answers import lost_verdict
from gradeline.facts.gate_values import MISSING, Const, Data, Value, ancestry
from gradeline.facts.registry_acts import APPROVED, Act, acts, made_here, only_kept, text_of, written_down
from gradeline.facts.registry_scripts import Registrar, asked_among, fetches, handed_in, latest
from gradeline.facts.run_lineage import given
from gradeline.result import Evidence, Verdict
from gradeline.source import Span

HOLE = "{…}"


def lost_one(found: Iterable[Registrar]) -> Verdict | None:
    """The verdict when a program may do it, and cannot be followed."""
    for one in found:
        if one.gate.lost is not None or (one.good is None and one.gate.start.arguments is not None):
            return lost_verdict(one.gate)
    return None


def nothing_done(found: tuple[Registrar, ...], message: str, moves: bool = True) -> Verdict:
    """The verdict when no program does it: the likeliest one is shown, or why it cannot be told.  ``moves``: whether
    one that moves something is the likeliest."""
    if not found:
        return Verdict("unmet", message)
    moving = [any(act.kind in ("alias", "stage", "copy") for act in one.acts) for one in found]
    nearest = found[moving.index(moves)] if moves in moving else found[0]
    return lost_one(found) or Verdict("unmet", message, (Evidence(Span(nearest.path, 1), "problem", "looked here"),))


# -- versions ------------------------------------------------------------------------------------


def registered(found: tuple[Registrar, ...], model: str) -> Verdict:
    """Whether what was trained becomes a version of the model, and the program knows which."""
    making = [(one, act) for one in found for act in one.acts if act.kind == "register"]
    if not making:
        for one in found:
            kept = next((call for call in one.good.calls if only_kept(call)), None) if one.good is not None else None
            if kept is not None:
                message = f"{one.path} keeps a file with a run, and makes no version of {model!r}."
                return Verdict("unmet", message, (Evidence(kept.span, "problem", "only kept"),))
        return nothing_done(found, f"No program registers a version of {model!r}.", moves=False)
    proofs: list[Evidence] = []
    for one, act in making:
        wrong = _name_wrong(one, act, model) or _model_wrong(one, act)
        if wrong is None and not _again(one, act):
            wrong = _not_captured(one, act)
        if wrong is not None:
            return wrong
        proofs.append(Evidence(act.span, "proof", f"makes a version of {model}"))
    return Verdict("met", f"What was trained becomes a version of {model!r}.", tuple(dict.fromkeys(proofs)))


def _name_wrong(one: Registrar, act: Act, model: str) -> Verdict | None:
    name = text_of(act.model)
    if name == model or name.endswith((f"/{model}", f".{model}")):
        return None
    at = (Evidence(act.span, "problem", "registered here"),)
    if HOLE not in name:
        return Verdict("unmet", f"The version belongs to the model {name!r}, not to {model!r}.", at)
    if isinstance(act.model, Data) and _by_default(one, act.model, model):
        return None
    if isinstance(act.model, Data) and act.model.key[:1] in (("argument",), ("environment",)):
        return Verdict("cannot_tell", "The name of the registered model is given where it cannot be seen.", at)
    return Verdict("unmet", "The name of the registered model is put together anew each time.", at)


def _by_default(one: Registrar, name: Data, model: str) -> bool:
    """Whether the name is a variable that the pipeline does not set, and the program's own one without it."""
    if name.key[:1] != ("environment",) or one.facts is None or one.item is None:
        return False
    if any(value.name == name.key[1] for value in given(one.facts, one.item)):
        return False
    plain = acts(one.gate.with_face(name.key, MISSING).calls)
    names = [text_of(other.model) for other in plain if other.kind == "register"]
    return bool(names) and all(known == model for known in names)


def _model_wrong(one: Registrar, act: Act) -> Verdict | None:
    for other in one.acts:
        if other.kind == "train" and other.place <= act.place:
            message = f"{one.path} trains a model itself, so nobody has tested or measured what it registers."
            return Verdict("unmet", message, (Evidence(other.span, "problem", "trains here"),))
    if written_down(act.version):
        message = f"{one.path} registers one and the same run each time."
        return Verdict("unmet", message, (Evidence(act.span, "problem", "a run that is written down"),))
    if made_here(act.version):
        message = f"{one.path} registers a model that it has made itself, not the one that was trained."
        return Verdict("unmet", message, (Evidence(act.span, "problem", "registers something else"),))
    return None


def _again(one: Registrar, act: Act) -> bool:
    """Whether a version that the program has made before gets another name only."""
    if act.version is None:
        return False
    made = [other for other in one.acts if other.kind == "register" and other.place < act.place]
    return any(comes_from(other, act.version) for other in made)


def _not_captured(one: Registrar, act: Act) -> Verdict | None:
    if made_by(one, act) or act.numbered:
        return None
    message = f"{one.path} does not use the version that it gets back, so nobody knows which one it has made."
    return Verdict("unmet", message, (Evidence(act.span, "problem", "its answer is not used"),))


def made_by(one: Registrar, act: Act) -> bool:
    """Whether something later uses the answer of a registration."""
    if one.good is None:
        return False
    for place, call in enumerate(one.good.calls):
        if place > act.place and comes_from(act, *call.given, *call.named.values()):
            return True
    return any(place > act.place and comes_from(act, value) for place, _, value, _ in one.good.handed)


def comes_from(act: Act, *values: Value) -> bool:
    """Whether one of the values is the version that a registration has answered."""
    keys = {act.call.key}
    if isinstance(act.version, Data) and act.version.call.endswith("Artifact"):
        keys |= {(*act.version.key, part) for part in ("version", "name", "id", "qualified_name", "digest")}
    return any(isinstance(one, Data) and one.key in keys for one in ancestry(*values))


# -- aliases -------------------------------------------------------------------------------------


def is_move(act: Act, to: str) -> bool:
    """Whether an act gives the alias: by its name, by a status that means it, or by one that is not known."""
    return act.kind == "alias" and (act.name in (to, "", HOLE, APPROVED) or HOLE in act.name)


def promoted(found: tuple[Registrar, ...], to: str, source: str) -> Verdict:
    """Whether the alias moves to the version that was the challenger, and nothing else happens to models."""
    for one in found:
        for act in one.acts:
            if act.kind == "stage":
                message = f"{one.path} moves a stage, but registries have aliases instead of stages now."
                return Verdict("unmet", message, (Evidence(act.span, "problem", "stages are deprecated"),))
    moving = [(one, act) for one in found for act in one.acts if is_move(act, to)]
    if not moving:
        for one in found:
            copied = next((act for act in one.acts if act.kind == "copy"), None)
            if copied is not None:
                message = f"{one.path} copies files, although an alias only has to be moved."
                return Verdict("unmet", message, (Evidence(copied.span, "problem", "copies a file"),))
        return nothing_done(found, f"No program moves the alias {to!r}.")
    proofs: list[Evidence] = []
    unclear: Verdict | None = None
    for one, act in moving:
        wrong = _beside(one) or _wrong_version(one, act, to, source)
        if wrong is not None and wrong.status == "unmet":
            return wrong
        unclear = unclear or wrong
        proofs.append(Evidence(act.span, "proof", f"moves {to}"))
    met = Verdict("met", f"The alias {to!r} moves to the version that was measured.", tuple(dict.fromkeys(proofs)))
    return unclear or met


_BESIDE = {
    "train": ("trains a model, so what is promoted is not what was measured", "trains a model"),
    "copy": ("copies files, although an alias only has to be moved", "copies a file"),
    "delete": ("deletes a version, so there is no way back", "deletes a version"),
}


def _beside(one: Registrar) -> Verdict | None:
    for act in one.acts:
        if act.kind in _BESIDE:
            what, shown = _BESIDE[act.kind]
            return Verdict("unmet", f"{one.path} {what}.", (Evidence(act.span, "problem", shown),))
    return None


def _wrong_version(one: Registrar, act: Act, to: str, source: str) -> Verdict | None:
    at = (Evidence(act.span, "problem", f"moves {to}"),)
    if act.version is None:
        return Verdict("cannot_tell", f"Which version becomes {to!r} cannot be seen.", at)
    made = [other for other in one.acts if other.kind == "register" and other.place <= act.place]
    if any(comes_from(other, act.version) for other in made):
        return Verdict("unmet", f"{one.path} makes a version {to!r} as soon as it is registered.", at)
    if fetches(act.version, source) is not None:
        return None
    newest = latest(act.version)
    if newest is not None and one.good is not None and asked_among(one.good, source):
        return None
    if newest is not None:
        message = f"The newest version becomes {to!r}, whichever that is, not the one that was the {source}."
        return Verdict("unmet", message, (*at, Evidence(newest.span, "context", "looks for the newest one")))
    if handed_in(act.version):
        return None
    if isinstance(act.version, Const) and act.version.data is not None:
        return Verdict("unmet", f"The version that becomes {to!r} is written down in {one.path}.", at)
    return Verdict("cannot_tell", f"Where the version comes from that becomes {to!r} cannot be seen.", at)


def remembered(found: tuple[Registrar, ...], to: str) -> Verdict:
    """Whether the version that had the alias before is kept somewhere before the alias moves."""
    moving = [(one, act) for one in found for act in one.acts if is_move(act, to)]
    if not moving:
        return nothing_done(found, f"No program moves the alias {to!r}.")
    proofs: list[Evidence] = []
    for one, act in moving:
        verdict = _remembered(one, act, to)
        if verdict.status != "met":
            return verdict
        proofs.extend(verdict.evidence)
    return Verdict("met", f"The version that was the {to} before is known afterwards.", tuple(dict.fromkeys(proofs)))


def _remembered(one: Registrar, act: Act, to: str) -> Verdict:
    from gradeline.facts.registry_records import records

    assert one.good is not None
    kept = [(other.place, other.version, other.span, "an alias keeps it") for other in one.acts
            if other.kind == "alias" and other.version is not None and not is_move(other, to)]  # fmt: skip
    kept += [(entry.place, entry.value, entry.span, "kept in the registry") for entry in records(one.good.calls)]
    kept += [(place, value, span, "written") for place, path, value, span in one.good.handed if path is not None]
    late: Span | None = None
    for place, value, span, shown in kept:
        fetched = identity(value, to)
        if fetched is None or _place(one, fetched) >= act.place:
            continue
        if place <= act.place:
            return Verdict("met", "", (Evidence(span, "proof", shown),))
        late = span
    if late is not None:
        message = f"{one.path} keeps the version that was the {to} only after the alias has moved."
        return Verdict("partial", message, (Evidence(late, "problem", "too late when the program breaks before"),))
    for place, path, value, span in one.good.handed:
        if path is None and place <= act.place and identity(value, to) is not None:
            message = f"{one.path} only prints the version that was the {to}, so a way back has to search for it."
            return Verdict("partial", message, (Evidence(span, "problem", "only printed"),))
    message = f"{one.path} overwrites the alias {to!r}, and nothing says which version had it before."
    return Verdict("unmet", message, (Evidence(act.span, "problem", "what was there before is lost"),))


def _place(one: Registrar, call: Data) -> int:
    calls = one.good.calls if one.good is not None else ()
    for same in (
        [place for place, other in enumerate(calls) if other is call],
        [place for place, other in enumerate(calls) if other.key == call.key and other.span == call.span],
    ):
        if same:
            return same[0]
    return -1


_NUMBERS = ("metrics", "tags", "params", "data", "aliases", "ModelMetrics", "CustomerMetadataProperties")


def identity(value: Value, alias: str) -> Data | None:
    """The call that asked who has an alias, when a value says which version that is; None for its numbers."""
    todo = [value]
    for _ in range(200):
        if not todo:
            return None
        inner = todo.pop()
        if isinstance(inner, Const):
            todo.extend(inner.parts)
        elif isinstance(inner, Data):
            if inner.call == "text":
                todo.extend(inner.given)
                continue
            root = _root(inner)
            if inner.key[-2:] == ("aliases", alias):
                return root  # ``client.get_registered_model(name).aliases["champion"]``
            if root.call.rpartition(".")[2] == "get_model_version":
                todo.extend(root.given)  # asked for by its number
            if not set(inner.key[len(root.key):]) & set(_NUMBERS) and fetches_itself(root, alias):
                return root
        else:
            from gradeline.facts.gate_values import Seq, Table

            if isinstance(inner, Seq):
                todo.extend(inner.items[:40])
            elif isinstance(inner, Table):
                todo.extend(list(inner.items.values())[:40])
    return None


def _root(value: Data) -> Data:
    """The answer that a part was taken out of."""
    one = value
    for _ in range(20):
        if one.given or one.named or one.source is None:
            return one
        one = one.source
    return one


def fetches_itself(call: Data, alias: str) -> bool:
    """Whether this very call asks for the alias; not one whose answer it works with."""
    plain = Data(call.key, call.span, call.words, call.call, tuple(
        one for one in call.given if not isinstance(one, Data) or one.call == "text"), {
        key: one for key, one in call.named.items() if not isinstance(one, Data) or one.call == "text"})  # fmt: skip
    return fetches(plain, alias) is not None
