"""Numbers about the running service, for Prometheus: counted in every worker, shown by one of them for all."""
