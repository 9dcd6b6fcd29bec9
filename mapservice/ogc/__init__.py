"""The public read model by OGC API – Features 1.0, for QGIS, GDAL and people with a browser."""
