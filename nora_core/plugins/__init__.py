"""Where tools come from: shipped files, installed packages and your own folders."""
