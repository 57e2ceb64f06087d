"""Speed, measured as ratios within one run; dated results stand beside the code."""
