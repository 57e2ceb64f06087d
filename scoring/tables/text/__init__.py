"""How a text file with separated cells is written: encoding, layout, numbers, missing-value markers."""
