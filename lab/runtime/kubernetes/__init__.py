"""The lab in one namespace of a cluster that others own."""
