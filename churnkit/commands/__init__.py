"""One file a command: options, help with an example, and a short body."""
