"""How numbers, fields and terms are written for people, in English and in French."""
