"""Pictures: functions that draw records as text, SVG or graphs; they read and write no files."""
