"""Speed, measured as ratios within one run; dated results are stored next to the code."""
