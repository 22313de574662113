"""The gradebook: what a class has reached, and everything that people decided about it, in a database.

Nothing is ever changed or deleted.  A table holds what was said, one row a statement; the last one counts.
``history`` says who said it and when, and chains all statements by digests.  See docs/gradebook.md.
"""
