"""Pure computations on arrays and frames: no files, no network, no clock."""
