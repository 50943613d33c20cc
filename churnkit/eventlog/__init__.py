"""Event logs and subscriptions in memory; simulated ones."""
