"""What differs between environments comes from outside: ``params-external`` with the subject ``infrastructure``."""

from __future__ import annotations

from gradeline.checks.support.stacks import NO_STACK, guarded, sentence
from gradeline.facts.infrastructure import StackFacts, called
from gradeline.facts.infrastructure_inputs import copies, fixed_texts, unused_values, ways
from gradeline.facts.infrastructure_state import separation
from gradeline.result import Evidence, Verdict


def inputs(stacks: tuple[StackFacts, ...]) -> Verdict:
    """Whether one set of files serves every environment, by values for each and a state for each."""
    if not stacks:
        return NO_STACK
    both = copies(stacks)
    if both is not None:
        message = f"`{called(both[0])}` is declared again for another environment, with all that goes with it."
        pair = (Evidence(both[0].head, "problem", "a copy"), Evidence(both[1].head, "context", "declared here too"))
        return Verdict("unmet", message, pair)
    for stack in stacks:
        for wrong in stack.stack.refused:
            place = (Evidence(wrong.span, "problem", wrong.sentence),)
            return Verdict("unmet", f"The values do not fit: {wrong.sentence}.", place)
    for stack in stacks:
        for one in fixed_texts(stack):
            message = f"`{called(one.resource)}` names {one.what} itself: `{one.found}`."
            return Verdict("unmet", message, (Evidence(one.written.span, "problem", one.what),))
    found = ways(stacks)
    if not found.how or all(unused_values(stack) for stack in stacks):
        place = (Evidence(stacks[0].stack.span, "problem", "one set of values only"),)
        return Verdict("unmet", "Nothing gives one environment other values than another.", place)
    state = separation(stacks)
    if state.holds is not True:
        places = tuple(Evidence(span, "problem", state.how) for span in state.spans)
        places = places or (Evidence(stacks[0].stack.span, "problem", state.how),)
        return Verdict("unmet", sentence(state.how), places)
    proofs = [Evidence(span, "proof", found.how) for span in found.spans]
    proofs += [Evidence(span, "proof", state.how) for span in state.spans]
    message = "The same files serve every environment, with values and a state for each."
    return guarded(stacks, Verdict("met", message, tuple(dict.fromkeys(proofs))))
