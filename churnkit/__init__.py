"""churnkit: who will leave next, why, and what it costs."""

__version__ = "0.1.0"
