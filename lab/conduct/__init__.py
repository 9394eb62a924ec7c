"""A whole run on a lab that is up: its folder, what it ran on, its display, the pages of what breaks, its report."""
