"""Churn model of Kestrel Mobile: P(customer leaves within 30 days)."""
