"""The report of a class: a folder of static pages that need nothing else, made from ``Grade`` records."""
