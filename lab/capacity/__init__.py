"""The highest rate that a topology holds."""
