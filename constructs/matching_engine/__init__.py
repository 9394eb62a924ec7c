"""The experiment's manifests: settings and a topology in, Kubernetes objects out."""
