"""The runtimes of a lab: a k3d cluster, or processes on this machine. One folder each."""
