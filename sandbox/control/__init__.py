"""The sandbox's own controls: time, faults, counters, records, and a page for people."""
