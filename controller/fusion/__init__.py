"""A FusionPBX on this machine: found, asked, and given what it needs."""
