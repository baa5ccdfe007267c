"""JSON, laid out so that it can be read."""

import msgspec


def pretty(text: str) -> tuple[str, str]:
    """Return JSON indented, or as it is with a note on why it cannot be read.

    Keys keep their order, numbers their digits; nothing is dropped, not even a key said twice.
    """
    try:
        return msgspec.json.format(text, indent=2), ""
    except msgspec.DecodeError as broken:
        return text, f"Not valid JSON: {str(broken).removeprefix('JSON is malformed: ')}."
    except RecursionError:
        return text, "Nested too deeply to be laid out."
