"""What the workloads have in common: HTTP/1.1 on a port, the settings of it, and a process from start to end."""
