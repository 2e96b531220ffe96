"""What was done: events in a chain that shows tampering, and the way back."""
