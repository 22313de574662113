"""The example that scenarios are made of, the same on every platform, so that verdicts can be compared.

It is the course's running case: the repository of the team that owns the churn model.
"""

from __future__ import annotations

REPOSITORY = "kestrel/churn"
FORK = "outsider/churn"
IDS = {REPOSITORY: 4711.0, FORK: 4712.0}
OWNER_IDS = {REPOSITORY: 811.0, FORK: 812.0}
DEFAULT_BRANCH = "main"
BRANCH = "feature/x"
TAG = "v1.2.3"
CODE = ("src/churn/train.py", "tests/test_train.py")
# Each of them decides what the tests say: a change of one alone is a change of the code.
PARTS_OF_THE_CODE = (*CODE, "pyproject.toml", "requirements.lock")
DOCUMENTS = ("README.md", "docs/guide.md")
NUMBER = 7.0
