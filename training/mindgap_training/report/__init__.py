"""Tables and figures from records alone: every number leads back to one JSON file."""
