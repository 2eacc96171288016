"""The console in the browser: colleagues and their pages for everybody, settings for administrators."""
