"""Artefacts that are kept elsewhere: fetched into a folder of this machine, and verified there."""
