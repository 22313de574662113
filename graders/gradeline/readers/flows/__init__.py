"""What the readers of orchestrations written in Python share: a small evaluator, texts, and bodies of tasks."""
