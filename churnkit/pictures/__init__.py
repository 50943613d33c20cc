"""Pictures: pure functions from records to text."""
