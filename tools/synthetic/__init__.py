"""Synthetic applications: the schema of the real table, none of its rows.

=============  =====================================================================================
``parameters``  pydantic models of the figures, and the bundled ones (``applications.json``)
``measure``     a real application table -> parameters
``generate``    parameters, number of clients, seed -> applications, in blocks
``compare``     synthetic clients compared with real ones: figures, plots, a report
``commands``    the commands synthesize, compare and measure of ``python -m scoring``
``factors``     the table as factors that vary freely, and back: the rules for every application
``copula``      latent normals -> factors: quantile functions and correlations
``risk``        log-odds of default of a client: one effect for each input
=============  =====================================================================================

Latent normals with the measured correlations are turned into factors, and factors into columns. From the columns
follow each client's log-odds of default; a logistic draw around them decides TARGET. Nothing is imported here, so
that generating does not load packages that only measuring and comparing need.
"""
