"""Whisper Page: a controller beside FreeSWITCH that lets a colleague be spoken to privately in mid-call."""
