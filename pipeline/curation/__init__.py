"""Labels and their history: what a person does to a project, kept safe."""
