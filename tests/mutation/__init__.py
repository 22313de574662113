"""How good the grader is: damage that must be seen, and other spellings that must not matter (``make mutants``)."""
