"""The broker's outage: taking it away, bringing it back, however the run ends."""
