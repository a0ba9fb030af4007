// Keeps what a page shows true while somebody looks: asks for the page again and puts its live parts in place of the old.
(() => {
  const every = 1500;
  const look = async () => {
    try {
      if (!document.hidden) {
        const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        let hasChanged = false;
        for (const part of document.querySelectorAll("[data-live]")) {
          const newer = fresh.getElementById(part.id);
          if (newer === null || newer.innerHTML === part.dataset.shown || part.contains(document.activeElement)) continue;
          if (part.dataset.shown !== undefined || newer.innerHTML !== part.innerHTML) {
            const open = [...part.querySelectorAll("details")].map((one) => one.open);
            part.innerHTML = newer.innerHTML;
            part.querySelectorAll("details").forEach((one, place) => { if (place in open) one.open = open[place]; });
            hasChanged = true;
          }
          part.dataset.shown = newer.innerHTML;
        }
        if (hasChanged) dispatchEvent(new Event("record-changed"));
        if (fresh.body.dataset.over === "true") return;
      }
    } catch {
      // The sandbox was stopped, or is busy: the next look may find it again.
    }
    setTimeout(look, every);
  };
  setTimeout(look, every);
})();
