"""What a command installs, and how firmly it fixes the versions."""
from __future__ import annotations
