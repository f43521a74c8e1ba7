"""Methods that lay vectors out on a map; one file is one method."""
