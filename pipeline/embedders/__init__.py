"""Methods that turn a sound into a vector; one file is one method."""
