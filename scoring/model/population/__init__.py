"""How many clients have which values: what a later population is compared with."""
