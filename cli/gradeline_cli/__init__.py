"""The command line of Gradeline: what people type, and nothing that decides a grade."""
