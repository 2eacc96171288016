"""The wire to a switch: frames, events and commands as values, and the connection that carries them."""
