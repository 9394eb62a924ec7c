"""A suite's run: its cases, what they need, what is kept of it."""
