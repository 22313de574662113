"""How far the grader and people agree: a blind sheet of a sample, and the agreement when people have filled it in."""
