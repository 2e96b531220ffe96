"""What every request passes before its route: checks, limits, log."""
