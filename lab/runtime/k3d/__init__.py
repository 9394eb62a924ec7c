"""The lab on a k3d cluster."""
