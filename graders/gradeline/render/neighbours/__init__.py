"""Reports in the result formats of other graders: one module for each, all of one grading and with one score."""
