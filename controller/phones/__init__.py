"""Which phone a User-Agent is, and which headers make it answer by itself."""
