"""The pages of the loan officer's front-end, run by Streamlit once for every request."""

from pathlib import Path

import streamlit as st
from officer import session
from officer.pages import client, compare, new_application, reviews, what_if, why
from officer.parts import show_client_list, show_search, show_synthetic_note
from officer.sign_in import show_sign_in, show_sign_out
from officer.texts import text

HERE = Path(__file__).parent / "officer"

language = session.get_language()
st.set_page_config(page_title=text("title", language), page_icon=str(HERE / "favicon.svg"), layout="wide")
session.keep_address()
first = st.Page(
    client.show, title=text("page.client", language), icon=":material/person:", url_path="client", default=True
)
page = st.navigation(
    [
        first,
        st.Page(why.show, title=text("page.why", language), icon=":material/help:", url_path="why"),
        st.Page(compare.show, title=text("page.compare", language), icon=":material/groups:", url_path="compare"),
        st.Page(what_if.show, title=text("page.what_if", language), icon=":material/tune:", url_path="what-if"),
        st.Page(
            lambda: reviews.show(lambda: st.switch_page(first)),
            title=text("page.reviews", language),
            icon=":material/rate_review:",
            url_path="reviews",
        ),
        st.Page(new_application.show, title=text("page.new", language), icon=":material/note_add:", url_path="new"),
    ],
    position="hidden" if session.asks_for_key() else "top",
)
st.logo(
    str(HERE / ("logo_dark.svg" if session.is_dark() else "logo.svg")),
    size="large",
)
session.set_page_language(language)
session.set_style()
if session.asks_for_key():
    session.show_language_switch(language)
    show_sign_in(language)
    st.stop()
top = st.container()
elsewhere = first if page.url_path in {"new", "reviews"} else None  # a client found there is shown on the first page
with st.container(key="topbar"):
    show_sign_out(language)
    search, listing, switch = st.columns([5, 4, 2], vertical_alignment="bottom")
    with search:
        show_search(language, elsewhere)
    with switch:
        session.show_language_switch(language)
page.run()
with top:
    show_synthetic_note(language)
with listing:  # last, since nothing else needs it
    show_client_list(language, elsewhere)
