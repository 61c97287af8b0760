"""Programs that measure the product from outside, beside a floor of the same run."""
