"""The sandbox's own controls: state, time, faults, counters, and a page for people."""
