"""What a lab can stand on: a k3d cluster, or processes of this machine. One folder each."""
