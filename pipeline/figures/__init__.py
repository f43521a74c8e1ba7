"""Figures for papers and reports, drawn by matplotlib: PNG, SVG and PDF at print quality."""
