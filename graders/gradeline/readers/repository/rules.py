"""Rules of branches that were exported from a platform: rulesets and protections of GitHub, settings of GitLab.

GitHub Docs, "REST API endpoints for rules" and "REST API endpoints for protected branches"; the Settings app
(repository-settings/app, README), which keeps both in ``.github/settings.yml``.  GitLab Docs, "Protected branches
API", "Merge request approvals API" and "Projects API".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from gradeline.model.document import Value
from gradeline.model.repository import BranchRules, Bypass, Known, RequiredCheck
from gradeline.model.text import Text
from gradeline.readers.repository.values import Part, read_values
from gradeline.source import Diagnostic, SourceFile, Span

MAX_TABLES = 400
ACTIONS_APP = "15368"  # the id of the app "GitHub Actions", which reports the results of workflows
_CLASSIC = ("required_pull_request_reviews", "required_status_checks", "allow_force_pushes", "allow_deletions",
            "enforce_admins")  # fmt: skip
# GitHub Docs, "REST API endpoints for rules", bypass_actors: roles have numbers there; 5 is admin, 2 maintain, and
# everybody who may write has 4 (1 and 3, read and triage, are below it).
_WRITERS = ("1", "3", "4")


def read_rules(
    mine: Sequence[str], read: Callable[[str], SourceFile | None], problems: list[Diagnostic]
) -> Iterator[BranchRules]:
    """Every set of rules in the files below ``.github`` and ``.gitlab``, by what is in them."""
    for path in mine:
        name = path.rpartition("/")[2]
        if not path.startswith((".github/", ".gitlab/")) or name.startswith(("renovate", "dependabot")):
            continue
        if not name.endswith((".json", ".yml", ".yaml")):
            continue
        source = read(path)
        if source is None:
            continue
        said: list[Diagnostic] = []
        root = read_values(source, said)
        found = list(_found(root))
        yield from found
        if found or path.startswith((".github/rulesets/", ".gitlab/")) or path.endswith("settings.yml"):
            problems.extend(said)


def _found(root: Part) -> Iterator[BranchRules]:
    tables = [key for key, value in root.document.values.items() if value.size is not None and len(key) <= 5]
    inside: list[tuple[str | int, ...]] = []
    for key in tables[:MAX_TABLES]:
        if any(key[: len(one)] == one for one in inside):
            continue
        part = Part(root.document, key)
        rules = _one(part)
        if rules is not None:
            inside.append(key)
            yield rules


def _one(part: Part) -> BranchRules | None:
    if part.has("rules") and (part.get("enforcement") is not None or part.get("conditions") is not None
                              or part.get("target") is not None):  # fmt: skip
        return _ruleset(part)
    if part.has("push_access_levels") or part.has("merge_access_levels"):
        return _protected(part)
    if any(part.get(name) is not None for name in _CLASSIC):
        return _classic(part)
    if part.get("approvals_required") is not None:
        count = part.get("approvals_required")
        assert count is not None
        return _settings(part, approvals=_number(count), branches=_names(part.part("protected_branches")))
    if part.get("reset_approvals_on_push") is not None or part.get("approvals_before_merge") is not None:
        before = part.get("approvals_before_merge")
        return _settings(
            part,
            approvals=_number(before) if before is not None else None,
            dismisses_stale=_flag(part.get("reset_approvals_on_push")),
        )
    if part.get("only_allow_merge_if_pipeline_succeeds") is not None:
        method = part.get("merge_method")
        trains = _flag(part.get("merge_trains_enabled"))
        straight = Known(True, method.span) if method is not None and method.text in ("ff", "rebase_merge") else None
        every = _flag(part.get("only_allow_merge_if_pipeline_succeeds"))
        return _settings(part, every_pipeline=every, up_to_date=trains if trains and trains.value else straight)
    return None


def _names(part: Part) -> tuple[Text, ...]:
    return tuple(Text(one.text("name"), one.head) for one in part.parts() if one.text("name"))


def _settings(part: Part, **found: object) -> BranchRules:
    return BranchRules(part.span.path, part.head, part.text("name"), Known(True, part.head), **found)  # type: ignore[arg-type]


def _flag(value: Value | None) -> Known | None:
    return Known(value.data is True, value.span) if value is not None else None


def _number(value: Value) -> Known:
    return Known(int(value.data) if isinstance(value.data, int | float) else 0, value.span)


def _enabled(part: Part, name: str) -> Known | None:
    """``true``, or ``{"enabled": true}`` as the platform answers."""
    value = part.get(name)
    if value is None:
        return None
    inner = part.get(name, "enabled")
    return Known((inner or value).data is True, value.span)


# -- rulesets --------------------------------------------------------------------------------------


def _ruleset(part: Part) -> BranchRules | None:
    target = part.get("target")
    if target is not None and target.text not in ("branch", ""):
        return None
    enforcement = part.get("enforcement")
    place = enforcement.span if enforcement is not None else part.head
    active = Known(enforcement is not None and enforcement.text == "active", place)
    found: dict[str, object] = {}
    checks: list[RequiredCheck] = []
    for rule in part.parts("rules"):
        _rule(rule, rule.text("type"), found, checks)
    include = part.get("conditions", "ref_name", "include")
    branches = _refs(part.texts("conditions", "ref_name", "include"))
    nowhere = include.span if include is not None else part.head
    return BranchRules(
        part.span.path,
        part.head,
        part.text("name"),
        active,
        branches or (Text("", Span(nowhere.path, nowhere.line, nowhere.column)),),
        _refs(part.texts("conditions", "ref_name", "exclude")),
        checks=tuple(checks),
        bypasses=tuple(_bypass(one) for one in part.parts("bypass_actors")),
        **found,  # type: ignore[arg-type]
    )


def _rule(rule: Part, kind: str, found: dict[str, object], checks: list[RequiredCheck]) -> None:
    if kind == "pull_request":
        found["review"] = rule.head
        count = rule.get("parameters", "required_approving_review_count")
        found["approvals"] = _number(count) if count is not None else Known(0, rule.head)
        found["dismisses_stale"] = _flag(rule.get("parameters", "dismiss_stale_reviews_on_push"))
        found["owners_approve"] = _flag(rule.get("parameters", "require_code_owner_review"))
    elif kind == "required_status_checks":
        found["checks_span"] = rule.head
        strict = _flag(rule.get("parameters", "strict_required_status_checks_policy"))
        if not isinstance(found.get("up_to_date"), Known):
            found["up_to_date"] = strict
        for one in rule.parts("parameters", "required_status_checks"):
            app = one.text("integration_id")
            checks.append(RequiredCheck(one.text("context"), one.span, app not in ("", ACTIONS_APP)))
    elif kind == "merge_queue":
        found["up_to_date"] = Known(True, rule.head)
    elif kind == "non_fast_forward":
        found["no_force_push"] = Known(True, rule.span)
    elif kind == "deletion":
        found["no_deletion"] = Known(True, rule.span)


def _refs(texts: tuple[Text, ...]) -> tuple[Text, ...]:
    """Short names of branches; a reference that is no branch fits none."""
    special = {"~DEFAULT_BRANCH": "~default", "~ALL": "~all"}
    return tuple(
        Text(special.get(text.raw) or (text.raw.removeprefix("refs/heads/") if text.raw.startswith("refs/heads/")
                                       else f"\0{text.raw}"), text.span)
        for text in texts
    )  # fmt: skip


def _bypass(part: Part) -> Bypass:
    kind, number, mode = part.text("actor_type"), part.text("actor_id"), part.text("bypass_mode") or "always"
    shown = f"{kind} {number} ({mode})".replace("  ", " ")
    return Bypass(part.head, shown, kind == "RepositoryRole" and number in _WRITERS)


# -- protected branches ----------------------------------------------------------------------------


def _classic(part: Part) -> BranchRules:
    reviews = part.part("required_pull_request_reviews")
    asks = part.has("required_pull_request_reviews")
    count = reviews.get("required_approving_review_count")
    status = part.part("required_status_checks")
    has_status = part.has("required_status_checks")
    forced, deleted = _enabled(part, "allow_force_pushes"), _enabled(part, "allow_deletions")
    checks = [RequiredCheck(one.text("context"), one.span, one.text("app_id") not in ("", "-1", ACTIONS_APP))
              for one in status.parts("checks")]  # fmt: skip
    known = {one.name for one in checks}
    checks += [RequiredCheck(one.raw, one.span) for one in status.texts("contexts") if one.raw not in known]
    return BranchRules(
        part.span.path,
        part.head,
        _branch(part),
        Known(True, part.head),
        (Text(_branch(part), part.head),) if _branch(part) else (),
        review=reviews.head if asks else None,
        # One approval is the platform's own default once reviews are required.
        approvals=(_number(count) if count is not None else Known(1, reviews.head)) if asks else None,
        dismisses_stale=_flag(reviews.get("dismiss_stale_reviews")) if asks else None,
        owners_approve=_flag(reviews.get("require_code_owner_reviews")) if asks else None,
        checks=tuple(checks) if has_status else (),
        checks_span=status.head if has_status else None,
        up_to_date=_flag(status.get("strict")) if has_status else None,
        # Without an entry both are forbidden (REST API, "Update branch protection": the default is false).
        no_force_push=Known(not forced.value, forced.span) if forced is not None else Known(True, part.head),
        no_deletion=Known(not deleted.value, deleted.span) if deleted is not None else Known(True, part.head),
    )


def _branch(part: Part) -> str:
    """The branch that a protection is for; empty when the file does not say so."""
    for name in ("branch", "name", "pattern"):
        if part.text(name):
            return part.text(name)
    pieces = part.text("url").split("/branches/")
    if len(pieces) == 2:
        return pieces[1].removesuffix("/protection")
    if not part.key:
        return ""
    above = Part(part.document, part.key[:-1])
    if part.name == "protection":
        return above.text("name") or above.text("branch") or (above.name if above.key else "")
    return part.name if above.name == "branches" and not part.name.isdigit() else ""


def _protected(part: Part) -> BranchRules:
    levels = [one.get("access_level") for one in part.parts("push_access_levels")]
    nobody = bool(levels) and all(one is not None and one.data == 0 for one in levels)
    forced = _flag(part.get("allow_force_push"))
    head = part.head
    name = part.get("name")
    return BranchRules(
        part.span.path,
        head,
        part.text("name"),
        Known(True, head),
        (Text(name.text, name.span),) if name is not None else (),
        review=part.part("push_access_levels").head if nobody else None,
        owners_approve=_flag(part.get("code_owner_approval_required")),
        no_force_push=Known(not forced.value, forced.span) if forced is not None else Known(True, head),
        no_deletion=Known(True, head),
    )
