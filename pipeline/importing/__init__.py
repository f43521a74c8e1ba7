"""Projects from what others made: a file of an older layout, arrays, a table of segments, a folder of clips."""
