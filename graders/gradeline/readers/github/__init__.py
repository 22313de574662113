"""GitHub Actions: workflows, the actions and workflows of the repository they use, as one pipeline."""

from gradeline.readers.github.workflow import read_workflow

__all__ = ["read_workflow"]
