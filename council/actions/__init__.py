"""Every write, one module per noun: keyword-only, one transaction, side effects on commit."""
