"""Logs whose truth is known, thousands at a time, on which the gate has to be right."""
