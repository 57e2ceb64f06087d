"""The report: what is told of a model beside its metrics."""
