"""Where the state of a stack is kept: not on somebody's disk, encrypted, and locked while it is written.

Terraform documentation, "Backend Type: s3" (State Locking: ``use_lockfile``; DynamoDB is deprecated), "gcs",
"azurerm", "http", "HCP Terraform settings".
"""

from __future__ import annotations

from gradeline.facts.infrastructure import Answer, StackFacts, known_truth, partial_text, setting
from gradeline.facts.infrastructure_versions import allows
from gradeline.model.infrastructure import StateStore
from gradeline.records import record
from gradeline.source import Span

# Stores that encrypt and lock without being asked.
_SAFE = {
    "gcs": "Cloud Storage locks the state by itself and encrypts everything",
    "azurerm": "Azure Storage locks the state by itself and encrypts everything",
    "cloud": "the service keeps, encrypts and locks the state",
    "remote": "the service keeps, encrypts and locks the state",
}
_LOCKING = frozenset({"pg", "kubernetes", "cos", "consul", "oss"})
OLD_LOCK = "dynamodb_table"
KEYS = {"s3": ("key", "bucket"), "gcs": ("prefix", "bucket"), "azurerm": ("key", "container_name"),
        "http": ("address",), "remote": ("workspaces",), "cloud": ("workspaces",), "oss": ("key", "prefix"),
        "pg": ("schema_name",), "consul": ("path",), "cos": ("key", "prefix"),
        "kubernetes": ("secret_suffix",)}  # fmt: skip


@record
class Kept:
    """``old``: the lock is of a kind that its platform gives up."""

    store: StateStore | None
    answer: Answer
    old: bool = False


def state(facts: StackFacts) -> tuple[Kept, ...]:
    """Each store of a stack with whether it is safe; one without a store when the state stays local."""
    stores = facts.stack.stores
    if not stores:
        opaque = not facts.stack.complete
        place = facts.stack.span
        if opaque:
            return (Kept(None, Answer(None, "a part of the files cannot be read", place)),)
        return (Kept(None, Answer(False, "nothing says where the state is kept, so it stays on the disk", place)),)
    return tuple(_kept(facts, store) for store in stores)


def _kept(facts: StackFacts, store: StateStore) -> Kept:
    kind = store.kind
    if kind in _SAFE:
        return Kept(store, Answer(True, _SAFE[kind], store.span))
    if kind == "s3":
        return _s3(facts, store)
    if kind == "http":
        return Kept(store, _http(store))
    if kind == "local" or not kind:
        return Kept(store, Answer(False, "the state stays on the disk of whoever runs it", store.span))
    if kind in _LOCKING:
        said = f"whether the store `{kind}` encrypts the state is not in the files"
        return Kept(store, Answer(None, said, store.span))
    return Kept(store, Answer(None, f"what the store `{kind[:40]}` does is not known", store.span))


def _s3(facts: StackFacts, store: StateStore) -> Kept:
    encrypt, lock, table = (setting(store.settings, name) for name in ("encrypt", "use_lockfile", OLD_LOCK))
    if not store.settings.entries and not store.completed:
        said = "the settings of the store are given when it is initialised, and no file here has them"
        return Kept(store, Answer(None, said, store.span))
    span = encrypt.span if encrypt is not None else store.span
    on = known_truth(encrypt.value) if encrypt is not None else False
    if on is not True:
        where = f" with `{store.completed}`" if store.completed else ""
        said = "is not known" if on is None else "is not asked for"
        return Kept(store, Answer(on, f"encryption of the state{where} {said}", span))
    if lock is not None and known_truth(lock.value) is not False:
        known = known_truth(lock.value)
        if known and not allows(facts.stack, "program", "1.10.0"):
            said = "the versions of the program that are allowed here do not know `use_lockfile`"
            return Kept(store, Answer(False, said, lock.span))
        said = "the state is encrypted and locked" if known else "whether the state is locked is not known"
        return Kept(store, Answer(known, said, lock.span))
    if table is not None and partial_text(table.value):
        return Kept(store, Answer(True, "the state is encrypted and locked", table.span), old=True)
    where = f" with `{store.completed}`" if store.completed else ""
    return Kept(store, Answer(False, f"nothing locks the state{where}", lock.span if lock is not None else store.span))


def _http(store: StateStore) -> Answer:
    address, lock = setting(store.settings, "address"), setting(store.settings, "lock_address")
    if address is None and not store.settings.entries:
        return Answer(None, "the settings of the store are given when it is initialised", store.span)
    text = partial_text(address.value) if address is not None else ""
    if text.startswith("http://"):
        assert address is not None
        return Answer(False, "the state travels without encryption", address.span)
    if lock is None:
        return Answer(False, "nothing locks the state", store.span)
    return Answer(True, "the state travels encrypted and is locked", lock.span)


@record
class Separation:
    """Whether environments keep their states apart: ``how`` in words, with the places that show it."""

    holds: bool | None
    how: str
    spans: tuple[Span, ...]


def separation(stacks: tuple[StackFacts, ...]) -> Separation:
    """Whether each environment has a state of its own: by a key for each, by workspaces, by settings from outside."""
    stores = [(facts, store) for facts in stacks for store in facts.stack.stores]
    kept = [facts for facts in stacks if facts.stack.platform == "cloudformation"]
    if kept and len(kept) == len(stacks):
        return Separation(True, "the platform remembers by itself what each stack has made", (kept[0].stack.span,))
    if not stores:
        return Separation(False, "no state is kept anywhere", ())
    keys: dict[str, Span] = {}
    for _, store in stores:
        key = _key(store)
        if key is None:
            return Separation(True, "the key of the state is given when it is initialised", (store.span,))
        keys.setdefault(*key)
    if len(keys) > 1:
        return Separation(True, "each environment has a state of its own", tuple(keys.values()))
    facts, store = stores[0]
    spaces = (("workspace_key_prefix",), ("workspaces", "tags"), ("workspaces", "prefix"))
    if "terraform.workspace" in facts.stack.names or any(setting(store.settings, *path) for path in spaces):
        return Separation(True, "each workspace has a state of its own", (store.span,))
    return Separation(False, "all environments share one state", tuple(keys.values()))


def _key(store: StateStore) -> tuple[str, Span] | None:
    names = KEYS.get(store.kind, ())
    found = [(name, setting(store.settings, name)) for name in names]
    known = [(name, one) for name, one in found if one is not None]
    if not known or (store.kind in ("s3", "azurerm", "gcs") and not any(name == names[0] for name, _ in known)):
        return None
    text = "\n".join(f"{name}={partial_text(one.value) or one.span}" for name, one in known)
    main = next((one for name, one in known if name == names[0]), known[0][1])
    return text, main.span


def stored_file(path: str) -> bool:
    """Whether a file is a state that somebody put into the repository."""
    name = path.rpartition("/")[2]
    return name.endswith((".tfstate", ".tfstate.backup")) or ".tfstate." in name

