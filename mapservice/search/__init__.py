"""Finding places, needs and communes (of today and of before) by what they are called."""
