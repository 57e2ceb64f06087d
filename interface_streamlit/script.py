"""The pages of the loan officer's front-end, run by Streamlit once for every request."""

from pathlib import Path

import streamlit as st
from officer import session
from officer.pages import client, compare, new_application, what_if, why
from officer.parts import show_synthetic_note
from officer.texts import text

ICON = str(Path(__file__).parent / "officer" / "favicon.svg")

language = session.get_language()
st.set_page_config(page_title=text("title", language), page_icon=ICON, layout="wide")
session.keep_address()
page = st.navigation(
    [
        st.Page(
            client.show, title=text("page.client", language), icon=":material/person:", url_path="client", default=True
        ),
        st.Page(why.show, title=text("page.why", language), icon=":material/help:", url_path="why"),
        st.Page(compare.show, title=text("page.compare", language), icon=":material/groups:", url_path="compare"),
        st.Page(what_if.show, title=text("page.what_if", language), icon=":material/tune:", url_path="what-if"),
        st.Page(new_application.show, title=text("page.new", language), icon=":material/note_add:", url_path="new"),
    ]
)
with st.sidebar:
    session.show_language_switch(language)
session.set_page_language(language)
top = st.container()
page.run()
with top:
    show_synthetic_note(language)
