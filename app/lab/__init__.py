"""The demonstration and the benchmarks: they use the product, and nothing uses them."""
