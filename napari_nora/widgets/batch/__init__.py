"""The batch panel: run a tool on many cases and follow the jobs."""
