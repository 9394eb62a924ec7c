"""The cluster's API: reading it, watching it, judging what it says."""
