"""The frame of reports: one HTML file that needs no other, made for reading and for print."""
