"""Writers of what a project holds for other programs; one file is one format: ``write(dataset, labels, path)``."""
