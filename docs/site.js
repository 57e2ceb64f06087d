// What the theme leaves undone for people who use a keyboard or a screen reader.
(() => {
  const mend = () => {
    document.querySelector(".md-search")?.setAttribute("aria-label", "Search");
    // A listing, a table or a picture that is wider than its place can be scrolled with the keyboard.
    for (const wide of document.querySelectorAll(".md-typeset__scrollwrap, .md-typeset pre > code, .md-typeset p:has(> img)")) {
      if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
    }
    // A button to copy is no navigation.
    for (const copying of document.querySelectorAll("nav.md-code__nav:not([role])")) copying.setAttribute("role", "presentation");
  };
  mend();
  new MutationObserver(mend).observe(document.body, { childList: true, subtree: true });
  addEventListener("resize", mend);
})();
