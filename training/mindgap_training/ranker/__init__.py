"""The learned ranking: from questions whose answers are known to one weight per feature."""
