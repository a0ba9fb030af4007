// Copies words and tells the decision log that they were taken; without it they can be selected by hand.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const text = button.parentElement.querySelector("[data-words]").textContent;
    await navigator.clipboard.writeText(text);
    button.textContent = "✓";
    const told = button.closest("[data-acts]").dataset;
    const form = new URLSearchParams({ form_token: told.token, key: told.key, act: "copy" });
    await fetch(told.acts, { method: "POST", body: form, redirect: "manual" });
  });
}
