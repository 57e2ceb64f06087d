"""Reads Excel workbooks: a sheet becomes the lines of a text, which is then read as every other text file is."""
