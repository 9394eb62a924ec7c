"""What holds for every test."""

from hypothesis import settings

# How fast a machine is says nothing about a claim: a busy one must not turn a test red.
settings.register_profile("lab", deadline=None)
settings.load_profile("lab")
