"""From measurements to validity and verdict; pure."""
