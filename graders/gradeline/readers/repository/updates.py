"""Update bots: Dependabot and Renovate.

GitHub Docs, "Dependabot options reference"; Renovate documentation, "Configuration Options", "Managers", "Group
Presets" and "Schedule Presets".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from gradeline.model.repository import UpdateBot, Updates
from gradeline.readers.repository.values import Part, read_values
from gradeline.source import Diagnostic, SourceFile, Span

DEPENDABOT = (".github/dependabot.yml", ".github/dependabot.yaml")
_INTERVALS = frozenset({"daily", "weekly", "monthly", "quarterly", "semiannually", "yearly", "cron"})
# What a bot calls it -> what is updated.
_ECOSYSTEMS = {"github-actions": "actions", "pip": "python", "uv": "python", "docker": "docker",
               "docker-compose": "compose"}  # fmt: skip
_MANAGERS = {
    "github-actions": "actions", "pip_requirements": "python", "pip-compile": "python", "pip_setup": "python",
    "pep621": "python", "pep723": "python", "poetry": "python", "pipenv": "python", "setup-cfg": "python",
    "dockerfile": "docker", "docker-compose": "compose", "npm": "npm", "terraform": "terraform",
}  # fmt: skip
_KINDS = tuple(dict.fromkeys(_MANAGERS.values()))
# These only keep packages together that are one product anyway.
_SMALL_GROUPS = frozenset({"group:monorepos", "group:recommended"})


def read_bots(
    mine: Sequence[str], read: Callable[[str], SourceFile | None], problems: list[Diagnostic]
) -> Iterator[UpdateBot]:
    for path in mine:
        name = path.rpartition("/")[2]
        is_dependabot = path in DEPENDABOT
        if not is_dependabot and not name.startswith(("renovate.", ".renovaterc")):
            continue
        source = read(path)
        if source is not None:
            root = read_values(source, problems)
            yield _dependabot(root, problems) if is_dependabot else _renovate(root)


# -- Dependabot ------------------------------------------------------------------------------------


def _dependabot(root: Part, problems: list[Diagnostic]) -> UpdateBot:
    version = root.get("version")
    refused = "" if version is not None and version.text == "2" else "the file does not say `version: 2`"
    if refused:
        place = version.span if version is not None else Span(root.document.path, 1)
        message = "Dependabot refuses this file: it has to say `version: 2`."
        problems.append(Diagnostic("error", "no-version", message, root.document.path, place))
    updates = tuple(_ecosystem(root, one, refused) for one in root.parts("updates"))
    return UpdateBot(root.document.path, Span(root.document.path, 1), updates, root.document.problem)


def _ecosystem(root: Part, one: Part, refused: str) -> Updates:
    name = one.text("package-ecosystem")
    group = one.text("multi-ecosystem-group")
    shared = root.part("multi-ecosystem-groups", group) if group else None
    schedule = _schedule(one) or (_schedule(shared) if shared is not None else None)
    folders = tuple(text.raw for text in (*one.texts("directory"), *one.texts("directories")))
    limit = one.get("open-pull-requests-limit")
    idle = refused
    if limit is not None and limit.text == "0":
        idle = idle or "with a limit of 0 it opens no request for a new version"
    if any(_ignores_all(rule) for rule in one.parts("ignore")):
        idle = idle or "it is told to ignore every package"
    if not folders:
        idle = idle or "it is not told in which folder to look"
    calm = next((days.span for days in one.parts("cooldown")
                 if (value := days.get()) is not None and isinstance(value.data, int | float) and value.data > 0),
                None)  # fmt: skip
    calm = calm or next((part.head for part in one.parts("groups")), None)
    calm = calm or (shared.head if shared is not None and shared.get() is not None else None)
    return Updates(_ECOSYSTEMS.get(name, name), one.head, folders, schedule, calm, idle)


def _schedule(part: Part) -> Span | None:
    interval = part.get("schedule", "interval")
    if interval is None or interval.text not in _INTERVALS:
        return None
    return None if interval.text == "cron" and not part.has("schedule", "cronjob") else interval.span


def _ignores_all(rule: Part) -> bool:
    return rule.text("dependency-name") == "*" and not rule.has("versions") and not rule.has("update-types")


# -- Renovate --------------------------------------------------------------------------------------


def _renovate(root: Part) -> UpdateBot:
    path = root.document.path
    presets = root.texts("extends")
    unseen = next((text for text in presets if _is_elsewhere(text.raw)), None)
    problem = root.document.problem or (f"the preset `{unseen.raw[:60]}` lies elsewhere" if unseen is not None else "")
    off = root.get("enabled")
    idle = "it is switched off" if off is not None and off.data is False else ""
    listed = root.get("enabledManagers")
    managers = {text.raw for text in root.texts("enabledManagers")}
    updates = []
    for kind in _KINDS:
        mine = {name for name, what in _MANAGERS.items() if what == kind}
        if listed is not None and not mine & managers:
            continue
        place = listed.span if listed is not None else Span(path, 1)
        own = idle or _switched_off(root, mine & managers if listed is not None else mine)
        updates.append(Updates(kind, place, ("/**",), Span(path, 1), _calm(root, mine), own))
    return UpdateBot(path, Span(path, 1), tuple(updates), problem)


def _is_elsewhere(preset: str) -> bool:
    return any(mark in preset for mark in (">", "//")) or preset.startswith(("@", "local"))


def _switched_off(root: Part, managers: set[str]) -> str:
    for name in sorted(managers):
        own = root.get(name, "enabled")
        if own is not None and own.data is False:
            managers = managers - {name}
    for rule in root.parts("packageRules"):
        off = rule.get("enabled")
        others = [key for key in rule.parts() if key.name.startswith("match") and key.name != "matchManagers"]
        if off is not None and off.data is False and not others:
            named = {text.raw for text in rule.texts("matchManagers")}
            managers = managers - named if named else set()
    return "" if managers else "a rule switches it off"


def _calm(root: Part, managers: set[str]) -> Span | None:
    """Where updates are grouped, or made to wait, for one of the managers."""
    found = _calm_here(root)
    for name in sorted(managers):
        found = found or _calm_here(root.part(name))
    for rule in root.parts("packageRules"):
        named = {text.raw for text in rule.texts("matchManagers")}
        if found is None and (not named or named & managers):
            found = _calm_here(rule)
    return found


def _calm_here(part: Part) -> Span | None:
    for name in ("minimumReleaseAge", "stabilityDays", "groupName"):
        value = part.get(name)
        if value is not None and value.text and not value.text.startswith("0"):
            return value.span
    return next((text.span for text in part.texts("extends")
                 if text.raw.startswith("group:") and text.raw not in _SMALL_GROUPS), None)  # fmt: skip
