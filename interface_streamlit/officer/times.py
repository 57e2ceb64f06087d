"""Times as people write them, in the officer's own time zone."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import streamlit as st

from officer.texts import Language


def format_time(moment: datetime, language: Language, zone: tzinfo = UTC) -> str:
    """Write a time.

    >>> moment = datetime(2026, 11, 6, 13, 5, 1, tzinfo=UTC)
    >>> format_time(moment, "fr", ZoneInfo("Europe/Paris")), format_time(moment, "en")
    ('06/11/2026 14:05:01', '6 Nov 2026, 13:05:01')
    """
    local = moment.astimezone(zone)
    if language == "fr":
        return f"{local:%d/%m/%Y %H:%M:%S}"
    return f"{local.day} {local:%b %Y, %H:%M:%S}"


def get_zone() -> tzinfo:
    """Get the browser's time zone; UTC if it is not known."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (KeyError, ValueError, OSError):
        return UTC
