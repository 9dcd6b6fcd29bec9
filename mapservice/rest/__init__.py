"""The frame of the JSON API: kinds of operations, strict bodies, versions, pages, the document."""
