"""Reading a text file with separated cells: numbers, missing-value markers, decimal mark."""
