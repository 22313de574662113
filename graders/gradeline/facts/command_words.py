"""Words of a command with the places they had in the outer command."""

from __future__ import annotations

from collections.abc import Sequence

from gradeline.records import record


@record
class Words:
    """``places[i]`` is the index of ``values[i]`` in the outer command, None when it is not written there."""

    values: tuple[str | None, ...]
    places: tuple[int | None, ...]

    @classmethod
    def of(cls, argv: Sequence[str | None]) -> Words:
        return cls(tuple(argv), tuple(range(len(argv))))

    def __len__(self) -> int:
        return len(self.values)

    @property
    def first(self) -> str | None:
        return self.values[0] if self.values else None

    def drop(self, count: int) -> Words:
        return Words(self.values[count:], self.places[count:])

    def before(self, word: str | None, place: int | None = None) -> Words:
        """These words with one more in front."""
        return Words((word, *self.values), (place, *self.places))
