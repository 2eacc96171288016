"""Checks whether a page works on an installation: the parts that it needs, and who hears whom in it."""
