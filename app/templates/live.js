// Shows what has changed without a reload: every few seconds the page is asked for again, and its live parts replaced.
(() => {
  const every = 3000;
  async function refresh() {
    if (document.hidden) return;
    let answer;
    try { answer = await fetch(location.href, { headers: { accept: "text/html" } }); } catch { return; }
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const old of document.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(old.id);
      const busy = old.contains(document.activeElement) || old.querySelector("details[open], form[data-begun]");
      if (!fresh) { if (!busy) old.replaceChildren(); }
      else if (!busy && fresh.innerHTML !== old.innerHTML) old.replaceWith(document.adoptNode(fresh));
    }
  }
  // What somebody has chosen in a form is not taken from under their hands.
  document.addEventListener("input", ({ target }) => target.form?.setAttribute("data-begun", ""));
  setInterval(refresh, every);
})();
