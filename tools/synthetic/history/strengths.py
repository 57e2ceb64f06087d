"""How strongly histories follow the clients' risk: correlations of normals, 0 where unrelated.

Not measured, but set so that aggregates of the synthetic histories correlate with TARGET about as those of the
real ones do, and add as much to the application (figures in docs/synthetic_history.md).
"""

# A history depends on the client's risk in part. Its correlation with the application's risk makes it correlate with
# TARGET without adding information; its correlation with the liability is the information that it adds.
APPLICATION, LIABILITY, CHANCE = 0.50, 0.28, 0.64

ACTIVE = 0.35  # more of the riskier client's credits at other lenders are active,
RECENT = 0.47  # younger,
DEBT = 0.50  # less repaid,
CARD = 0.22  # more often cards or microloans,
OVERDUE = 0.50  # and overdue
LATE_MONTHS = 0.50  # months reported late, with other lenders
REFUSED = 0.42  # applications refused before
RECENT_APPLICATION = 0.25
LATE_PAYMENT = 0.25  # instalments paid late, with this lender
CARD_USED = 0.25  # whether a card is used at all,
CARD_DEBT = 0.70  # how far its limit is drawn,
CARD_CASH = 0.60  # and how often cash is drawn with it
DOWN_PAYMENT = -0.30
