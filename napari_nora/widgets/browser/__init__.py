"""The browser: log in, find cases, open their files, tag and save."""
