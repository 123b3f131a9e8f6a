"""From sums to figures: no writing here, and every query has a fixed number of rows per place."""
