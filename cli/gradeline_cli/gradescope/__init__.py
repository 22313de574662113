"""The autograder that Gradescope takes: a zip with ``setup.sh`` and ``run_autograder`` at its top."""
