"""Estimators: arrays in, arrays out. They know nothing of people, cases or files."""
