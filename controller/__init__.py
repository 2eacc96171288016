"""Whisper Page: a controller for FreeSWITCH with which a user speaks privately to a colleague on a call."""
