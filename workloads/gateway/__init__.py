"""The edge gateway: takes orders over HTTP and sends each to the shard that owns its symbol."""
