"""Answers of small models: samples of the traffic, scores, confidence, and how they hold up."""
