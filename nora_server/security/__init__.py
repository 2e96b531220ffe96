"""Passwords, token secrets and the brake on guessing them."""
