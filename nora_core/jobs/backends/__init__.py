"""What queues job folders: at once, on this machine, or on a cluster's scheduler."""
