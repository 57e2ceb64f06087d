"""The letter to the applicant about a decision."""
