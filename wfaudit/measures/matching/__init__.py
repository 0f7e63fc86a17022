"""Matching, screening and recommending: who is shown to whom, and who never is."""
