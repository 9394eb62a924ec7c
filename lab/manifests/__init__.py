"""What is applied: synthesized, in phases, compared with what lives."""
