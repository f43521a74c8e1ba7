"""Everything that runs without a browser. Nothing in here imports dash, flask, plotly or pages."""
