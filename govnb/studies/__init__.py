"""The internal studies that a notebook makes of a workpaper: how applications were handled, how members compare."""
