"""Synthetic histories: the six tables behind the applications, with their keys, gaps and sentinels.

========================  ===========================================================================
``parameters``            pydantic model of the measured figures, and the bundled ones (``histories.json``)
``measure``               real history tables -> parameters
``clients``               what a block of clients brings into its histories: risk, income, age
``draws``                 correlated normals -> values of a measured distribution, cell by cell
``bureau``                credits at other lenders
``bureau_balance``        their monthly status
``previous_application``  applications to this lender; the approved ones become loans and cards
``instalments``           payments of loans and cards
``pos_cash``              monthly reports of loans
``credit_card``           monthly reports of cards
``tables``                a block of clients -> six tables
``write``                 all seven tables, streamed to files
``aggregates``            plain aggregates of the histories, and what they add to the application
``compare``               synthetic against real, as a report
========================  ===========================================================================

Every value is drawn through a standard normal. Where it bears on default, that normal is correlated with the
client's latent risk (``strengths``): each distribution stays as measured, only who has which value changes.
"""
