"""The state of a FreeSWITCH, and the commands that a page needs from it."""
