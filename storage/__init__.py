"""The ledger: everything that speaks SQL."""
