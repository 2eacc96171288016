"""What changes settings, for the command line, the HTTP API and the console: one function for each change.

Each function takes a session or unit of work of the store, and the reach of its caller. A change validates,
writes, and returns what it has changed. Its errors name no command, no path and no form: each face adds its
own remedy. A user, group or token that is out of reach is missing, in the same words.
"""
