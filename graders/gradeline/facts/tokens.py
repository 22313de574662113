"""Whether something the grader does not know works with the pipeline's own token."""

from __future__ import annotations

from gradeline.facts.activities import Activity
from gradeline.model.expression import Secret


def uses_token(item: Activity) -> bool:
    """An activity of unknown purpose that is handed the token, or that gets it by itself."""
    if item.readings or item.step.effects:
        return False
    if item.opaque:
        return True
    if item.step.kind == "use":
        return item.step.use is not None and item.step.use.kind != "local"
    texts = [variable.value for variable in (*item.unit.env, *item.step.env)]
    return any(isinstance(node, Secret) and node.automatic for text in texts for node in text.expressions())
