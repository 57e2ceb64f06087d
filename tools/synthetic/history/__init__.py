"""Synthetic histories: the six tables behind the applications, with keys, missing values and their markers.

========================  ===========================================================================
``parameters``            Pydantic model of the figures in ``histories.json``, measured once on real tables
``clients``               what histories depend on, for a block of clients: risk, income, age
``draws``                 correlated normals -> values of a measured distribution, cell by cell
``bureau``                credits at other lenders
``bureau_balance``        their monthly status
``previous_application``  applications to this lender; the approved ones become loans and cards
``instalments``           payments of loans and cards
``pos_cash``              monthly reports of loans
``credit_card``           monthly reports of cards
``tables``                a block of clients -> six tables
``write``                 all seven tables, streamed to files
========================  ===========================================================================

Every value is drawn through a standard normal. Where a value is related to default, that normal is correlated with
the client's latent risk (``strengths``). This changes which client has which value, but not the measured distribution.
"""
