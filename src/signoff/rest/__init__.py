"""REST: JSON over HTTP, below `/api/v1`. A door: it parses, names the caller, shapes."""
