"""One module per command, each with a ``command``; they are imported when they run."""
