"""The decision log: who decided what about whom, by which rule, on what evidence; rows are only ever added (D12)."""
