"""How gunicorn receives requests, sends answers, refuses and logs: a worker whose threads never wait for a caller."""
