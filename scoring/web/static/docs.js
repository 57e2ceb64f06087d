"use strict";
// Sends the examples of the page to the service that serves it.
for (const form of document.querySelectorAll("form.try")) {
  const body = form.elements.body;
  for (const button of form.querySelectorAll("button.example")) {
    button.addEventListener("click", () => { body.value = button.dataset.body; });
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const output = form.querySelector("output");
    const options = { method: form.dataset.method, headers: { Accept: "application/json" } };
    if (body) {
      options.body = body.value;
      options.headers["Content-Type"] = form.dataset.type;
    }
    output.textContent = "…";
    try {
      const answer = await fetch(form.elements.address.value, options);
      const text = await answer.text();
      let shown = text;
      try { shown = JSON.stringify(JSON.parse(text), null, 1); } catch { /* a page, not JSON */ }
      output.textContent = `${answer.status} ${answer.statusText}\n${shown.slice(0, 20000)}`;
    } catch (error) {
      output.textContent = String(error);
    }
  });
}
