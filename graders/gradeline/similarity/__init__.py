"""Which submissions are alike in what their pipeline is: a flag for a person, never a grade.

Texts are not compared.  Comments, the order of keys, quotes, and the names of jobs, steps and variables say nothing;
what comes from the kit, the brief or a known answer says nothing either.  What is left is rare or common in the class,
and two submissions that share much of what is rare are shown side by side.
"""
