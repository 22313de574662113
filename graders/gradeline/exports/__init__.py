"""Grades for the systems around us: files that a learning platform imports, and feedback for each learner.

``render`` shows one grading; here are the grades of a class.  Nothing is dropped in silence: a grade that no cell of
the file says is a notice of the ``Outcome``.
"""
