"""Registries of images: tags that cannot be moved, a scan of what is pushed, and an end for old images.

AWS: provider documentation of ``aws_ecr_repository``, ``aws_ecr_lifecycle_policy``,
``aws_ecr_registry_scanning_configuration``.  Google Cloud: ``google_artifact_registry_repository``; Artifact Analysis
scans once its API is on.  Azure: ``azurerm_container_registry``; locks of single images are not set in files.
"""

from __future__ import annotations

from gradeline.facts.image_lifecycles import takes_away
from gradeline.facts.infrastructure import (
    Answer,
    StackFacts,
    called,
    flag,
    known_text,
    partial_text,
    setting,
    settings,
)
from gradeline.model.infrastructure import Resource
from gradeline.records import record
from gradeline.source import Span


@record
class Registry:
    resource: Resource
    immutable: Answer
    scanned: Answer
    tidied: Answer
    partly: str = ""  # why the first answer is only half a yes

    @property
    def answers(self) -> tuple[Answer, ...]:
        return (self.immutable, self.scanned, self.tidied)


def registries(facts: StackFacts) -> tuple[Registry, ...]:
    """Every registry of container images, in the order they are declared."""
    found = []
    for resource in facts.stack.resources:
        if resource.kind == "aws_ecr_repository":
            found.append(_ecr(facts, resource))
        elif resource.kind == "AWS::ECR::Repository":
            found.append(_cloudformation(facts, resource))
        elif resource.kind == "google_artifact_registry_repository" and _holds_images(resource):
            found.append(_google(facts, resource))
        elif resource.kind == "azurerm_container_registry":
            found.append(_azure(facts, resource))
        elif resource.kind.startswith("module:") and "ecr" in resource.kind.split("/"):
            answer = Answer(None, f"how `{called(resource)}` is set is in a module that is not here", resource.head)
            found.append(Registry(resource, answer, answer, answer))
    return tuple(found)


def _ecr(facts: StackFacts, registry: Resource) -> Registry:
    name = called(registry)
    tags = setting(registry.properties, "image_tag_mutability")
    text = known_text(tags.value) if tags is not None else "MUTABLE"
    span = tags.span if tags is not None else registry.head
    partly = f"some tags of `{name}` can still be moved" if text == "IMMUTABLE_WITH_EXCLUSION" else ""
    fixed = None if text is None else text.startswith("IMMUTABLE")
    said = "cannot be moved" if fixed else "can be moved to another image" if fixed is False else "are not known"
    immutable = Answer(fixed, f"tags in `{name}` {said}", span)
    on, span = flag(registry, "image_scanning_configuration", "scan_on_push")
    scanned = Answer(on, f"what is pushed to `{name}` is {'' if on else 'not '}scanned", span)
    if on is not True:
        for whole in facts.of("aws_ecr_registry_scanning_configuration"):
            often = setting(whole.properties, "rule", "scan_frequency")
            if often is not None and known_text(often.value) in ("SCAN_ON_PUSH", "CONTINUOUS_SCAN"):
                scanned = Answer(True, f"what is pushed to `{name}` is scanned", often.span)
    return Registry(registry, immutable, scanned, _ecr_tidied(facts, registry), partly)


def _ecr_tidied(facts: StackFacts, registry: Resource) -> Answer:
    name = called(registry)
    open_: Answer | None = None
    for policy in facts.of("aws_ecr_lifecycle_policy"):
        owner = setting(policy.properties, "repository")
        mine = facts.means(owner.value, registry, "name") if owner is not None else None
        if mine and policy.present:
            return _ending(takes_away(facts, policy.properties.entries.get("policy")), name, policy.head)
        if mine is not False:
            open_ = Answer(None, f"whether a policy is for `{name}` is not known", policy.head)
    return open_ or Answer(False, f"nothing ends old images of `{name}`", registry.head)


def _cloudformation(facts: StackFacts, registry: Resource) -> Registry:
    name = called(registry)
    tags = setting(registry.properties, "ImageTagMutability")
    text = known_text(tags.value) if tags is not None else "MUTABLE"
    fixed = None if text is None else text.startswith("IMMUTABLE")
    place = tags.span if tags is not None else registry.head
    partly = f"some tags of `{name}` can still be moved" if text == "IMMUTABLE_WITH_EXCLUSION" else ""
    said = "cannot be moved" if fixed else "can be moved to another image" if fixed is False else "are not known"
    immutable = Answer(fixed, f"tags in `{name}` {said}", place)
    on, span = flag(registry, "ImageScanningConfiguration", "ScanOnPush")
    scanned = Answer(on, f"what is pushed to `{name}` is {'' if on else 'not '}scanned", span)
    if on is not True:
        for whole in facts.of("AWS::ECR::RegistryScanningConfiguration"):
            often = setting(whole.properties, "Rules", "ScanFrequency")
            if often is not None and known_text(often.value) in ("SCAN_ON_PUSH", "CONTINUOUS_SCAN"):
                scanned = Answer(True, f"what is pushed to `{name}` is scanned", often.span)
    rules = setting(registry.properties, "LifecyclePolicy", "LifecyclePolicyText")
    tidied = Answer(False, f"nothing ends old images of `{name}`", registry.head)
    if rules is not None:
        tidied = _ending(takes_away(facts, rules.value), name, rules.span)
    return Registry(registry, immutable, scanned, tidied, partly)


def _ending(ends: bool | None, name: str, span: Span) -> Answer:
    if ends is None:
        return Answer(None, f"what the policy of `{name}` says is not known", span)
    said = f"old images of `{name}` come to an end" if ends else f"no rule of the policy of `{name}` ends an image"
    return Answer(ends, said, span)


def _holds_images(resource: Resource) -> bool:
    kind = setting(resource.properties, "format")
    return kind is None or (known_text(kind.value) or "DOCKER").upper() == "DOCKER"


def _google(facts: StackFacts, registry: Resource) -> Registry:
    name = called(registry)
    on, span = flag(registry, "docker_config", "immutable_tags")
    said = "cannot be moved" if on else "can be moved to another image" if on is False else "are not known"
    immutable = Answer(on, f"tags in `{name}` {said}", span)
    chosen = setting(registry.properties, "vulnerability_scanning_config", "enablement_config")
    services = [setting(one.properties, "service") for one in facts.of("google_project_service")]
    enabled = next(
        (one for one in services if one is not None and (known_text(one.value) or "").startswith("containerscanning.")),
        None,
    )
    if chosen is not None and known_text(chosen.value) == "DISABLED":
        scanned = Answer(False, f"what is pushed to `{name}` is not scanned", chosen.span)
    elif enabled is not None or chosen is not None:
        place = enabled.span if enabled is not None else chosen.span if chosen is not None else registry.head
        scanned = Answer(True, f"what is pushed to `{name}` is scanned", place)
    else:
        scanned = Answer(False, f"nothing here has what is pushed to `{name}` scanned", registry.head)
    rules = setting(registry.properties, "cleanup_policies")
    dry, _ = flag(registry, "cleanup_policy_dry_run")
    actions = [known_text(one.value) for one in settings(registry.properties, "cleanup_policies", "action")]
    if rules is not None and actions and all(one is not None and one.upper() == "KEEP" for one in actions):
        tidied = Answer(False, f"what is said about old images of `{name}` only keeps them", rules.span)
    elif rules is not None and dry is not True:
        tidied = Answer(True, f"old images of `{name}` come to an end", rules.span)
    else:
        tidied = Answer(False, f"nothing ends old images of `{name}`", rules.span if rules else registry.head)
    return Registry(registry, immutable, scanned, tidied)


def _azure(facts: StackFacts, registry: Resource) -> Registry:
    name = called(registry)
    said = f"whether tags of `{name}` can be moved is set for each image, and not in these files"
    plans = [one for one in facts.of("azurerm_security_center_subscription_pricing")
             if known_text(getattr(setting(one.properties, "resource_type"), "value", None))
             in ("ContainerRegistry", "Containers")]  # fmt: skip
    scanned = Answer(bool(plans), f"what is pushed to `{name}` is {'' if plans else 'not '}scanned",
                     plans[0].head if plans else registry.head)  # fmt: skip
    days = setting(registry.properties, "retention_policy_in_days") or setting(
        registry.properties, "retention_policy", "days"
    )
    steps = [(one, setting(one.properties, "encoded_step", "task_content"))
             for one in facts.of("azurerm_container_registry_task")]  # fmt: skip
    task = next((one for one, step in steps if step is not None and "purge" in partial_text(step.value)), None)
    place = days.span if days is not None else task.head if task is not None else registry.head
    ends = days is not None or task is not None
    tidied = Answer(ends, f"old images of `{name}` {'come to an end' if ends else 'stay for ever'}", place)
    return Registry(registry, Answer(None, said, registry.head), scanned, tidied)

