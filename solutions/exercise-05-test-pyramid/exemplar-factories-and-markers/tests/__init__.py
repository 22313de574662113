"""Tests of the churn package."""
