"""The console for administrators: what goes on, the history, and the settings, of all domains or of one."""
