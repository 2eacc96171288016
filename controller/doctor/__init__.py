"""Whether a page can be made here: the parts that it needs, and who hears whom in one."""
