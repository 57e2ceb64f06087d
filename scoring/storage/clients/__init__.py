"""The known clients: what a store of them has to do, the table in memory, and the choice between stores."""
