"""One look at a service: today against expectation, the record's state, what waits, what serves, the last reports."""
