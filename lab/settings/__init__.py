"""The experiment as it was asked: settings, topology, suites."""
