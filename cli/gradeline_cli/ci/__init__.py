"""``grade ci``: which exercises a pull request touches, how they are graded, and what is written where."""
