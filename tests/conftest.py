"""What holds for every test: it touches nobody's progress, and it does the same each time."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

os.environ["GRADE_PROGRESS"] = "off"
os.environ.pop("GRADE_LANG", None)
os.environ.pop("GRADE_PLAIN", None)

# A pull request is not the place to find out what a random example finds elsewhere.  Look for new ones with
# ``HYPOTHESIS_PROFILE=explore``, and keep what is found as an ``@example``.
# How long an example takes says something about the machine only.
calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", calm, derandomize=True)
settings.register_profile("explore", calm)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
