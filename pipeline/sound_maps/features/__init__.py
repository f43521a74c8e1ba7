"""What maps are made of: one file, one way to turn a clip into a matrix that has the same size for every clip."""
