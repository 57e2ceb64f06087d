"""How strongly histories follow the clients' risk: correlations of normals, 0 where unrelated.

They are not measured. They are set so that two things are about the same for synthetic and real histories: how
aggregates correlate with TARGET, and how much they add to the application (figures in docs/synthetic_history.md).
"""

# A history depends on the client's risk in part. Its correlation with the application's risk makes it correlate with
# TARGET without adding information; its correlation with the liability is the information that it adds.
APPLICATION, LIABILITY, CHANCE = 0.50, 0.28, 0.64

# Credits at other lenders; a riskier client has more of them that are
ACTIVE = 0.35  # active
RECENT = 0.47  # recent
DEBT = 0.50  # less repaid
CARD = 0.22  # cards or microloans
OVERDUE = 0.50  # overdue
# Others
LATE_MONTHS = 0.50  # months reported late, with other lenders
REFUSED = 0.42  # applications refused before
RECENT_APPLICATION = 0.25
LATE_PAYMENT = 0.25  # instalments paid late, with this lender
CARD_USED = 0.25  # whether a card is used at all
CARD_DEBT = 0.70  # the share of the limit that is drawn
CARD_CASH = 0.60  # how often cash is drawn
DOWN_PAYMENT = -0.30
