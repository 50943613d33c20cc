"""Tables in and out: streams of bytes → blocks of whole records → frames of columns; and writing."""
