"""What holds of a lab whatever it stands on: one table of claims, run against every runtime."""
