"""Installs Whisper Page in a FusionPBX on this machine, and reads its users."""
