"""The public read model as GeoJSON layers and public pages."""
