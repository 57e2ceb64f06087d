"use strict";
// Without this script the button stays hidden, and the browser's own menu prints.
for (const button of document.querySelectorAll("button.print")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
