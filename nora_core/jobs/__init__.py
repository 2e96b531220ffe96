"""Tools, the folders in which they run as jobs, and what queues such folders."""
