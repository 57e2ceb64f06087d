"""What the histories of a block of clients depend on: latent risk, income, age."""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from tools.synthetic.copula import Booleans, Floats
from tools.synthetic.generate import Block
from tools.synthetic.history.draws import Ints
from tools.synthetic.history.strengths import APPLICATION, CHANCE, LIABILITY

ADULT_DAYS = 18 * 365.25


class Clients(NamedTuple):
    """A whole block of clients; every array has one entry for each client.

    Attributes
    ----------
    block : number of the block; the numbers of credits and applications follow from it.
    numbers : SK_ID_CURR.
    risk : normal score of the part of the client's risk that shows in histories. It is made of the probability of
        default given the application, the latent liability, and chance.
    income, age : normal scores within the block.
    adult : days since the eighteenth birthday, 1 or more.
    known : whether the credit bureau knows the client; it does if the application has numbers of inquiries.
    """

    block: int
    numbers: Ints
    risk: Floats
    income: Floats
    age: Floats
    adult: Floats
    known: Booleans


def describe_block(generator: np.random.Generator, block: Block, number: int) -> Clients:
    """Return what the histories of a whole block depend on."""
    chance = generator.standard_normal(len(block.liability))
    risk = APPLICATION * scores(block.probability) + LIABILITY * scores(block.liability) + CHANCE * chance
    table = block.applications
    days = -table["DAYS_BIRTH"].to_numpy(dtype=float)
    return Clients(
        block=number,
        numbers=table["SK_ID_CURR"].to_numpy(dtype=np.int64),
        risk=scores(risk),
        income=scores(table["AMT_INCOME_TOTAL"].to_numpy(dtype=float)),
        age=scores(days),
        adult=np.maximum(days - ADULT_DAYS, 1.0),
        known=table["AMT_REQ_CREDIT_BUREAU_YEAR"].notna().to_numpy(),
    )


def scores(values: Floats) -> Floats:
    """Return the normal score of each value's rank; equal values are ranked in the given order."""
    rank = np.empty(len(values))
    rank[np.argsort(values, kind="stable")] = np.arange(len(values))
    return np.asarray(ndtri((rank + 0.5) / len(values)), dtype=float)


def trait(
    generator: np.random.Generator, clients: Clients, risk: float = 0.0, income: float = 0.0, age: float = 0.0
) -> Floats:
    """Draw one standard normal per client, with these correlations to latent risk, income and age."""
    rest = np.sqrt(max(1.0 - risk**2 - income**2 - age**2, 0.0))
    noise = generator.standard_normal(len(clients.numbers))
    parts = risk * clients.risk + income * clients.income + age * clients.age
    return np.asarray(parts + rest * noise, dtype=float)


def not_before(days: Floats, adult: Floats, generator: np.random.Generator) -> Floats:
    """Move days (negative) that lie before the eighteenth birthday to some day after it."""
    uniform = generator.random(len(days)) ** 0.25  # early days are more likely, since the moved days were early, too
    return np.where(-days > adult, -np.ceil(adult * uniform), days)
