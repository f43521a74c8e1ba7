"""Features: one file, one way to turn a sound into a matrix of bands over time, or into one column of numbers."""
