"""Which values somebody without write access to the repository can choose.

Sources: GitHub Docs, "Script injections" ("contexts that typically end with body, default_branch,
email, head_ref, label, message, name, page_name, ref and title"); GitHub Security Lab, "Keeping your
GitHub Actions and workflows secure: Untrusted input"; the lists of actionlint (``expr_insecure.go``),
zizmor (``context-capabilities.csv``) and CodeQL (``actions/ql/lib``, untrusted event properties).
``*`` stands for any item of a list.  Logins, numbers, ids, commit hashes and dates are not listed:
their form is fixed by GitHub and cannot hold code.
"""

from __future__ import annotations

_COMMIT = ("message", "author.email", "author.name", "committer.email", "committer.name")
_PULL_REQUEST = (
    "title",
    "body",
    "head.ref",
    "head.label",
    "head.repo.default_branch",
    "head.repo.description",
    "head.repo.homepage",
)
_TITLED = ("issue", "discussion")

_EVENT = (
    *(f"{thing}.{name}" for thing in _TITLED for name in ("title", "body")),
    *(f"pull_request.{name}" for name in _PULL_REQUEST),
    *(f"{thing}.body" for thing in ("comment", "review", "review_comment", "answer")),
    "pages.*.page_name",
    "pages.*.title",
    *(f"commits.*.{name}" for name in _COMMIT),
    *(f"head_commit.{name}" for name in _COMMIT),
    *(f"merge_group.head_commit.{name}" for name in _COMMIT),
    *(f"workflow_run.head_commit.{name}" for name in _COMMIT),
    "merge_group.head_ref",
    "workflow_run.head_branch",
    "workflow_run.display_title",
    "workflow_run.head_repository.description",
    "workflow_run.pull_requests.*.head.ref",
    "changes.title.from",
    "changes.body.from",
    "changes.head.ref.from",
)

UNTRUSTED: tuple[tuple[str, ...], ...] = (
    ("github", "head_ref"),
    *(("github", "event", *path.split(".")) for path in _EVENT),
)

# Whatever the sender of a ``repository_dispatch`` puts there, in any shape: another system, with data of its own users.
_PAYLOAD = ("github", "event", "client_payload")


def is_untrusted(path: tuple[str, ...]) -> bool:
    """Whether a ``github`` value is, or as a whole object contains, text that an outsider can choose.

    ``path`` is in lower case; a number picks an item of a list, ``*`` stands for any part (a filter, or
    a name that is computed).
    """
    if path[: len(_PAYLOAD)] == _PAYLOAD:
        return True
    return any(len(path) <= len(known) and all(map(_fits, path, known)) for known in UNTRUSTED)


def _fits(part: str, known: str) -> bool:
    return part in (known, "*") or (known == "*" and part.isdigit())
