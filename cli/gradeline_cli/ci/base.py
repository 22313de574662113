"""With what a pull request is compared: said on the command line, or by the CI system around us."""

from __future__ import annotations

from collections.abc import Mapping

from gradeline.intake.names import safe_name
from gradeline.records import record
from gradeline.words import phrase
from gradeline_cli.ci.git import Repository, RepositoryError


@record
class Range:
    """``fork`` is where the pull request left the base; ``head`` is None when the index is graded."""

    fork: str
    base: str
    head: str | None


def find_range(repository: Repository, base: str | None, head: str, staged: bool, env: Mapping[str, str]) -> Range:
    """The commits to compare; raises ``RepositoryError`` that says what to fetch or to name."""
    if base is None and staged:
        base = "HEAD"
    if base is None:
        base = _said_by_ci(repository, head, env)
    found = repository.commits(base, "HEAD" if staged else head)
    if found is None:
        raise _missing(repository, base, "HEAD" if staged else head)
    fork = repository.merge_base(*found)
    if fork is None:
        shown = safe_name(base)
        if repository.is_shallow():
            raise RepositoryError("ci.shallow", base=shown, settings=phrase("ci.fetch_all"))
        raise RepositoryError("ci.no_common", base=shown, head=safe_name(head))
    return Range(fork, found[0], None if staged else found[1])


def _said_by_ci(repository: Repository, head: str, env: Mapping[str, str]) -> str:
    if env.get("GITHUB_EVENT_NAME") == "pull_request" and env.get("GITHUB_SHA"):
        # For this event GitHub checks out a merge that it has made itself, of the base (first) and the pull request.
        # No other event says so much, because a stranger can make merges with any parents.
        found = repository.commits(head, f"{head}^1", f"{head}^2")
        if found is not None and found[0] == env["GITHUB_SHA"]:
            return found[1]
    if env.get("CI_MERGE_REQUEST_DIFF_BASE_SHA"):
        return env["CI_MERGE_REQUEST_DIFF_BASE_SHA"]
    for name in ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "CHANGE_TARGET"):
        if env.get(name):
            return f"refs/remotes/origin/{env[name]}"
    if repository.commits("refs/remotes/origin/HEAD") is not None:
        return "refs/remotes/origin/HEAD"
    raise RepositoryError("ci.no_base")


def _missing(repository: Repository, base: str, head: str) -> RepositoryError:
    gone = base if repository.commits(base) is None else head
    shown = safe_name(gone.removeprefix("refs/remotes/"))
    branch = safe_name(gone.removeprefix("refs/remotes/origin/").removeprefix("origin/"))
    fetch = phrase("ci.fetch", branch=branch)
    if "/" not in gone and gone is head:
        fetch = phrase("ci.check_name")
    if repository.is_shallow():
        return RepositoryError("ci.missing_shallow", name=shown, fetch=fetch, settings=phrase("ci.fetch_all"))
    return RepositoryError("ci.missing", name=shown, fetch=fetch)
