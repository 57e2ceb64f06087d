"""Tables of clients, streamed and checked before they are put into a store."""
