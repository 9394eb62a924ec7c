"""The lab's processes: running a program, owning one that goes on, one command at a time."""
