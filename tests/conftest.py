"""Nothing that a test runs may touch the progress of the person who runs it."""

from __future__ import annotations

import os

os.environ["GRADE_PROGRESS"] = "off"
os.environ.pop("GRADE_LANG", None)
os.environ.pop("GRADE_PLAIN", None)
