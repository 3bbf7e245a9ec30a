"""Making the models that the indexer loads."""
