"""The repertoire report: what is in a project, as one HTML file that needs nothing else. See `writing.write`."""
