"""Whether outcomes, once they are known, contradict what was estimated before."""

from math import sqrt

from scipy.stats import norm

from scoring.monitoring.estimation.estimate import Estimate, FigureName


def contradicts(estimate: Estimate, defaults: int, clients: int, figure: FigureName = "default_rate_accepted") -> bool:
    """Tell whether a measured default rate differs from the estimated one by more than chance explains, at 5 %.

    Chance is that of the clients' own outcomes and that of the estimate. An estimate without a figure is never
    contradicted; one that does not know some clients is only contradicted outside its interval. If an estimate is
    contradicted, the relation between facts and default has changed, or clients differ in what the model does not read.

    Parameters
    ----------
    defaults, clients : as measured, of clients whom the estimate is about: all of them, or a part drawn without regard
        to anything that the model knows, such as one vintage.
    figure : a default rate; outcomes are usually known of accepted clients only.

    Raises
    ------
    ValueError
        When ``clients`` is below 1, or ``defaults`` is not from 0 to ``clients``.
    """
    if not 0 <= defaults <= clients or clients < 1:
        raise ValueError(f"{defaults} defaults of {clients} clients; expected 0 to clients, and at least one client")
    found = estimate.figures[figure]
    if found.value is None or found.error is None or found.low is None or found.high is None:
        return False
    rate = defaults / clients
    if estimate.answer == "partly" and found.low <= rate <= found.high:
        return False
    spread = sqrt(found.error**2 + found.value * (1 - found.value) / clients)
    nearest_count = 0.5 / clients  # continuity correction
    return abs(rate - found.value) - nearest_count > float(norm.ppf(0.975)) * spread
