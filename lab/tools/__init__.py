"""The tools: what the machine has, downloads, and each tool's commands and answers."""
