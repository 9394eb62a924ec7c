"""What every room may use: errors, paths, names and labels, windows of time."""
