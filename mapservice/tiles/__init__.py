"""The public layers as Mapbox vector tiles, for other people's maps."""
