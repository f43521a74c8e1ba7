"""Methods that find the sounds in a recording; one file is one method."""
