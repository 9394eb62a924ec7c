"""One shard of a trading matching engine: HTTP in, price-time matching, write-ahead log and Kafka out."""
