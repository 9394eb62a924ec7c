"""What an engine did, held against what it should have done; pure."""
