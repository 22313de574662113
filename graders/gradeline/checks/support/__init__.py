"""Code that several checks share; none of it knows a platform."""
