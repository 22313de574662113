"""What a demand means beside its column: that other columns are refused, and that each value is there once.

Three-valued as everything here: None when a question about the columns is one of which this cannot be said.
"""

from __future__ import annotations

from gradeline.facts.gate_values import Const, Data, Seq, Table, Value, ancestry

_NAMES = frozenset({"columns", "fieldnames", "keys", "schema", "names"})
_WRAPPERS = frozenset({"empty", "any", "all", "sum", "size", "len", "item", "tolist", "to_list"})
_SAME = frozenset({"equals", "identical", "symmetric_difference"})
# Questions about values of which only one of a kind may be there, by the names of pandas and polars.
_ONCE = frozenset({"duplicated", "is_duplicated", "drop_duplicates", "is_unique", "nunique", "n_unique", "unique",
                   "value_counts", "groupby", "group_by"})  # fmt: skip


def closed(asked: Data) -> bool | None:
    """Whether a truth about the columns of a table is another one when there are more columns than those it names."""
    while asked.source is not None and _last(asked) in _WRAPPERS:
        asked = asked.source
    word, given = asked.key[-1] if asked.key else "", asked.given
    if asked.call == "sets" and len(given) == 2:
        return _sets(asked.key[1], names_columns(given[0]))
    if asked.call in ("compared", "equal") and word.partition(" ")[0] in ("==", "!="):
        sides = given or ((asked.source,) if asked.source is not None else ())
        return any(names_columns(one) or (isinstance(one, Data) and _last(one) == "dtypes") for one in sides)
    if asked.call == "compared" and len(given) == 2:
        return _order(word.partition(" ")[0], names_columns(given[0]))
    if word.startswith(("Sub ", "BitXor ")) or word == "joined ^":
        return True
    if word == "joined -":
        return False
    if word == "in" or _last(asked) in ("isin", "is_in"):
        return asked.source is not None and names_columns(asked.source)
    if asked.source is not None and names_columns(asked.source):
        return _sets(_last(asked), True)
    return None


def _sets(name: str, columns_first: bool) -> bool | None:
    """``columns_first``: the method is one of the columns; without, it is one of what is wanted."""
    if name in _SAME:
        return True
    if name in ("issubset", "difference"):
        return columns_first
    return not columns_first if name == "issuperset" else None


def _order(sign: str, columns_first: bool) -> bool | None:
    if sign in ("<=", "<"):
        return columns_first
    return not columns_first if sign in (">=", ">") else None


def closed_by_number(sign: str, *values: Value) -> bool | None:
    """The same for a comparison of how many columns there are."""
    counted = any(_last(one) in _NAMES or is_width(one) for one in ancestry(*values) if isinstance(one, Data))
    return (True if sign in ("==", "!=") else None) if counted else False


def names_columns(value: Value) -> bool:
    """Whether the names of the columns of a table are behind a value."""
    return any(_last(one) in _NAMES for one in ancestry(value) if isinstance(one, Data))


def is_width(data: Data) -> bool:
    """``table.shape[1]``"""
    return data.key[-2:] == ("shape", "1")


def once(*values: Value) -> bool:
    """Whether a question is about values that are there more than once."""
    made = [one for one in ancestry(*values) if isinstance(one, Data)]
    words = {_last(one) for one in made} | {one.call.rpartition(".")[2] for one in made} | {
        label for one in made for label in one.labels}  # fmt: skip
    return bool(words & _ONCE)


def one_for_each(left: Value, right: Value) -> bool:
    """Whether two counts are those of a table and of the different values of its column: ``len(set(table["id"]))``."""
    if not (isinstance(left, Data) and isinstance(right, Data) and _last(left) == _last(right) == "len"):
        return False
    short, long = sorted((left.key[:-1], right.key[:-1]), key=len)
    return len(long) == len(short) + 1 and long[:-1] == short


def asked_about(data: Data) -> frozenset[str]:
    """The columns that a question about values that are there twice names itself."""
    if _last(data) not in _ONCE:
        return frozenset()
    given = (*data.given[:1], *(value for key, value in data.named.items() if key in ("subset", "by")))
    return frozenset().union(*map(columns_given, given))


def columns_given(value: Value) -> frozenset[str]:
    """The columns that a call is about: ``duplicated(subset=["customer_id"])``, ``unique="customer_id"``."""
    if isinstance(value, Const):
        return frozenset({value.data} if isinstance(value.data, str) else ())
    if isinstance(value, Seq):
        return frozenset(one.data for one in value.items if isinstance(one, Const) and isinstance(one.data, str))
    return frozenset(str(key) for key in value.items) if isinstance(value, Table) else frozenset()


def _last(data: Data) -> str:
    return data.key[-1].partition("(")[0] if data.key else ""
