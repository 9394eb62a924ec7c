"""The lab at run time: what brings it up, loads it, measures it and takes it down."""
