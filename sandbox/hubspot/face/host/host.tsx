/** Opens the app's code in the page and sends its requests, as HubSpot does around its own components. */
import type { ReactNode } from "react";
import { createRoot } from "react-dom/client";

/** What the page says of where it is and who looks. */
interface Told {
  app: string;
  location: "card" | "settings";
  portal: number;
  timezone: string;
  contact: number;
  user: Record<string, unknown>;
}

interface Asked {
  method?: string;
  timeout?: number;
  body?: unknown;
}

export const told = JSON.parse(document.getElementById("told")?.textContent ?? "{}") as Told;

const context = {
  location: told.location === "card" ? "crm.record.sidebar" : "settings",
  crm: { objectId: told.contact, objectTypeId: "0-1" },
  portal: { id: told.portal, timezone: told.timezone },
  user: told.user,
  extension: { appName: told.app, cardTitle: told.app },
};

const actions = { copyTextToClipboard: (text: string) => navigator.clipboard.writeText(text) };

type Make = (api: { context: typeof context; actions: typeof actions }) => ReactNode;

/** `_Where` is what the app's code says of where it is shown. */
export function extend<_Where extends string>(make: Make): void {
  const place = document.getElementById("extension");
  if (place !== null) createRoot(place).render(make({ context, actions }));
}

/** By way of HubSpot, which adds who asks and signs: never straight to the app's backend. */
export function fetchFromBackend(url: string, asked: Asked = {}): Promise<Response> {
  return fetch(`/control/hubspot/fetch/${told.portal}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ url, ...asked }),
  });
}
