"""Here is said what is told to whom outside, how it is signed, and when it is tried again; nothing is sent here."""
