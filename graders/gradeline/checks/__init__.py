"""Checks: one question each, written once for every platform."""
