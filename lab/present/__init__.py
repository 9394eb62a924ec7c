"""What people and programs read of a run: terminal, HTML, Markdown, JUnit."""
