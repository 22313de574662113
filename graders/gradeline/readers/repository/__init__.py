"""Files about the repository itself: what Git leaves out or keeps elsewhere, owners, branch rules, update bots."""

from __future__ import annotations

from collections.abc import Callable

from gradeline.model.repository import Repository
from gradeline.readers import places
from gradeline.source import Diagnostic, SourceFile

__all__ = ["read_repository"]

MAX_FILES = 200


def read_repository(paths: tuple[str, ...], read: Callable[[str], SourceFile | None]) -> Repository:
    """Everything the repository's own files say.  Nothing is raised."""
    from gradeline.readers.repository.git_files import read_attributes, read_patterns
    from gradeline.readers.repository.owners import read_owners
    from gradeline.readers.repository.policies import PATH, read_policies
    from gradeline.readers.repository.rules import read_rules
    from gradeline.readers.repository.updates import read_bots

    problems: list[Diagnostic] = []
    mine = [path for path in paths if places.is_repository_file(path)][:MAX_FILES]
    nested = sorted((path for path in mine if path.endswith(".gitattributes")), key=lambda one: (one.count("/"), one))
    return Repository(
        ignores=tuple(
            read_patterns(source) for path in mine if path.endswith(".gitignore") and (source := read(path)) is not None
        ),
        data_ignores=tuple(
            read_patterns(source) for path in mine if path.endswith(".dvcignore") and (source := read(path)) is not None
        ),
        attributes=tuple(
            line for path in nested if (source := read(path)) is not None for line in read_attributes(source, problems)
        ),
        owners=tuple(read_owners(mine, paths, read, problems)),
        rules=tuple(read_rules(mine, read, problems)),
        bots=tuple(read_bots(mine, read, problems)),
        policies=tuple(read_policies(read, problems)) if PATH in mine else (),
        diagnostics=tuple(problems),
    )
