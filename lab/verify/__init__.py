"""What `verify` checks: the spec's acceptance criteria (its section 9) and that the layers of a live lab agree."""
