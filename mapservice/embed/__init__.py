"""The map inside other sites' pages: the frame, who may show it, and how often."""
