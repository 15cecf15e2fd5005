"""Invoices that nobody ever sent: the generator of the pack `receivables`, and the forecast that it decides by."""
