"""What another rubric, grader, or other points would change: first shown, then, if at all, written."""
