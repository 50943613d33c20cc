"""Speed and memory beside named peers; never part of the test suite."""
