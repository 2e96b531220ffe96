"""One folder per widget; widgets do not know each other."""
