"""Everything that runs without a browser. Nothing in here imports dash, flask, plotly or pages."""

VERSION = "0.1.0"      # Semantic Versioning; what each brought is in CHANGELOG.md
