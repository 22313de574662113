"""Renderers: a report as text for one kind of reader.

Each renderer is a pure function of ``gradeline.result.Report`` and escapes for its own sink, so that
nothing a learner wrote can act on a terminal, a page or a log.
"""
