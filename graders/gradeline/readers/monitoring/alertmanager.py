"""``alertmanager.yml`` and AlertmanagerConfig: who is told about which alert.

Prometheus documentation, "Alertmanager configuration"; prometheus-operator, "API reference", AlertmanagerConfig.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gradeline.model.monitoring import Channel, Inhibition, LabelMatcher, Receiver, Route, Routing
from gradeline.model.text import Text
from gradeline.readers.monitoring.values import entries, flag, get, mappings, matcher, table, text, texts, wait, words
from gradeline.readers.texts import plain
from gradeline.source import Span
from gradeline.syntax.yaml import Mapping, Resolved, Scalar, Sequence, walk

Say = Callable[[str, str, Span], None]
MAX_DEPTH = 24
# What the documentation calls <secret>, and the addresses that open a chat for everybody who knows them.
_SECRETS = frozenset({
    "routing_key", "service_key", "api_key", "api_url", "webhook_url", "token", "user_key", "bot_token", "api_secret",
    "auth_password", "auth_secret", "password", "credentials", "bearer_token", "client_secret", "slack_api_url",
    "slack_app_token", "app_token", "opsgenie_api_key", "victorops_api_key", "wechat_api_secret", "secret_key",
    "smtp_auth_password", "smtp_auth_secret", "telegram_bot_token", "mattermost_webhook_url", "rocketchat_token",
    "alert_source_token",
})  # fmt: skip
# Integrations that have a server's own address in ``api_url`` and their key elsewhere.
_FILLED = re.compile(
    r"\s*(?:\$\{[^{}]*\}|\$[A-Za-z_]\w*|\{\{[^{}]*\}\}|<[^<>]*>|@[A-Z_]+@|__[A-Z_]+__|%[A-Z_]+%"
    r"|https?://(?:api\.(?:eu\.)?opsgenie\.com|api\.telegram\.org|qyapi\.weixin\.qq\.com|[\w.-]*/?)/?\S{0,3})\s*"
)


def is_routing(root: Mapping) -> bool:
    return "route" in root.index and ("receivers" in root.index or "inhibit_rules" in root.index)


def routing(root: Mapping, say: Say) -> Routing:
    """Diagnostic codes: ``bad-matcher``, ``too-deep``."""
    node = get(root, "route")
    start = Span(root.span.path, root.span.line)
    top = _route(node, say, 0) if isinstance(node, Mapping) else Route(start)
    receivers = tuple(_receiver(item) for item in mappings(get(root, "receivers")))
    inhibitions = [*mappings(get(root, "inhibit_rules")), *mappings(get(root, "inhibitRules"))]
    kept = tuple(_inhibition(item, say) for item in inhibitions)
    return Routing(root.span.path, start, top, receivers, kept, _keys(root))


def _keys(root: Mapping) -> dict[str, Text]:
    """Credentials written as values.  One that a deployment fills in (``${PAGER_KEY}``) is none."""
    found: dict[str, Text] = {}
    for node in walk(root):
        for key, value in entries(node) if isinstance(node, Mapping) else ():
            written = plain(value)
            if key.value in _SECRETS and written is not None and written.raw and not _FILLED.fullmatch(written.raw):
                found.setdefault(f"{key.value} (line {key.span.line})", written)
    return found


def _either(node: Resolved | None, name: str) -> Resolved | None:
    """A key as the server writes it (``group_by``) or as the operator does (``groupBy``)."""
    found = get(node, name)
    if found is None:
        head, *rest = name.split("_")
        found = get(node, head + "".join(word.capitalize() for word in rest))
    return found


def _route(node: Mapping, say: Say, depth: int) -> Route:
    group = _either(node, "group_by")
    inner = tuple(mappings(get(node, "routes")))
    if depth >= MAX_DEPTH and inner:
        say("too-deep", f"Routes more than {MAX_DEPTH} deep are not read.", inner[0].span)
        inner = ()
    repeat = wait(node, "repeat_interval") or wait(node, "repeatInterval")
    muted = _either(node, "mute_time_intervals") is not None or _either(node, "active_time_intervals") is not None
    return Route(
        Span(node.span.path, node.span.line, node.span.column),
        text(node, "receiver"),
        _matchers(node, "", say),
        tuple(_route(item, say, depth + 1) for item in inner),
        flag(node, "continue") is True,
        words(group) if group is not None else None,
        repeat,
        muted,
    )


def _matchers(node: Mapping, prefix: str, say: Say) -> tuple[LabelMatcher, ...]:
    found: list[LabelMatcher] = []
    for old, operator in (("match", "="), ("match_re", "=~")):
        for label, value in table(get(node, prefix + old)).items():
            found.append(_made(label, operator, value.raw, value.span))
    name = f"{prefix}matchers"
    given = get(node, name) or (get(node, f"{prefix.rstrip('_')}Match") if prefix else None)
    for item in given.values() if isinstance(given, Sequence) else (given,):
        if isinstance(item, Mapping):  # the operator's form: a name, a value, a kind
            name_text, kind = text(item, "name"), text(item, "matchType")
            sign = kind.raw if kind is not None else "=~" if flag(item, "regex") is True else "="
            wanted = text(item, "value")
            if name_text is not None:
                found.append(_made(name_text.raw, sign, wanted.raw if wanted is not None else "", name_text.span))
        elif isinstance(item, Scalar):
            for one in texts(item):
                parsed = matcher(one)
                if parsed is None:
                    say("bad-matcher", f'`{one.raw[:60]}` is no matcher such as severity="critical".', one.span)
                found.extend(parsed or ())
    return tuple(found)


def _made(label: str, sign: str, value: str, span: Span) -> LabelMatcher:
    return LabelMatcher(label, sign if sign in ("=", "!=", "=~", "!~") else "=", value, span)  # type: ignore[arg-type]


def _receiver(item: Mapping) -> Receiver:
    name = text(item, "name")
    channels: list[Channel] = []
    for key, value in entries(item):
        kind = (
            key.value.removesuffix("_configs") if key.value.endswith("_configs") else key.value.removesuffix("Configs")
        )
        if kind == key.value:
            continue
        for one in mappings(value):
            resolved = flag(one, "send_resolved")
            address = text(one, "url") or text(one, "to") or text(one, "webhook_url") or text(one, "api_url")
            channels.append(
                Channel(kind, key.span, address, flag(one, "sendResolved") if resolved is None else resolved)
            )
    return Receiver(name.raw if name is not None else "", name.span if name is not None else item.span, tuple(channels))


def _inhibition(item: Mapping, say: Say) -> Inhibition:
    start = Span(item.span.path, item.span.line, item.span.column)
    return Inhibition(
        start, _matchers(item, "source_", say), _matchers(item, "target_", say), words(get(item, "equal"))
    )
