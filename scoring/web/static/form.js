// Shows below a field how the service read the number in it, as soon as it was typed. Without this script, the form
// shows it before it is scored.
const form = document.getElementById("application");

form.addEventListener("change", async (event) => {
  const place = event.target.closest(".field")?.querySelector(".read");
  if (!place) return;
  const typed = new URLSearchParams(new FormData(form));
  typed.set(":check", "only");
  const read = async () => {
    const answer = await fetch(form.action, { method: "POST", body: typed });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return page.getElementById(place.id);
  };
  place.asked = read;
  const found = await read().catch(() => null);
  if (place.asked !== read) return; // another number was typed meanwhile
  if (event.target.type === "radio") place.lastElementChild.textContent = found?.lastElementChild.textContent ?? "";
  else place.replaceChildren(...(found?.childNodes ?? []));
});
