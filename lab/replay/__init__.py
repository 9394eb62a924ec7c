"""A run's points served again, long after its lab is gone."""
