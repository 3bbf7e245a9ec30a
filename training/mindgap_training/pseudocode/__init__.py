"""Pseudocode from code: what a person might write down before, or instead of, a function."""

from mindgap_training.pseudocode.generate import Level, pseudocode, synthetic_pairs

__all__ = ["Level", "pseudocode", "synthetic_pairs"]
