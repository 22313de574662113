"""What a command does at a commit: there is something that is going to be committed.

gitleaks README (``git --staged``, and ``protect``, which it replaced); ggshield reference, ``secret scan pre-commit``.
In a fresh copy of the repository such a command has nothing to look at; as a hook it looks at just what matters.
"""

from __future__ import annotations

_STAGED = frozenset({"--staged", "--pre-commit"})


def at_commit(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of the command that does the same work on files that are committed already."""
    name = words[0].rpartition("/")[2] if words else ""
    image = next((place for place, word in enumerate(words) if "gitleaks" in word), 0)
    if name in ("docker", "podman") and image:
        return (*words[:image], *at_commit((words[image].partition(":")[0], *words[image + 1 :])))
    if name in ("gitleaks", "betterleaks"):
        kept = tuple(word for word in words if word not in _STAGED)
        return (kept[0], "git", *kept[2:]) if kept[1:2] == ("protect",) else kept
    if name == "ggshield" and words[1:4] == ("secret", "scan", "pre-commit"):
        return (words[0], "secret", "scan", "repo", ".", *words[4:])
    return words
