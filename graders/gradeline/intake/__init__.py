"""Safe reading of submissions: folders and archives become a ``Snapshot``, whatever they hold."""

from __future__ import annotations

from gradeline.intake.names import safe_name
from gradeline.intake.problems import IntakeError
from gradeline.intake.snapshot import Snapshot, open_submission

__all__ = ["IntakeError", "Snapshot", "open_submission", "safe_name"]
