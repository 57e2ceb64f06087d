"""How a text file is written: its encoding, what separates its cells, where the header is."""
