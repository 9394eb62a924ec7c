"""Numbers: from k6's samples and Prometheus to the measurements of a case."""
