"""The companion server: projects, files, rights, jobs."""
