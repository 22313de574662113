"""Findings in an editor: the same grading, shown where the text is being written."""
