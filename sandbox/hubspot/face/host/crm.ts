/** What HubSpot tells the app's code of the record that is shown, in place of its own hooks. */
import { useEffect, useState } from "react";

type Values = Record<string, string | null>;

/** The record's values, as the page has them; it says when they have changed. */
export function useCrmProperties(names: string[]) {
  const [values, setValues] = useState(read);
  useEffect(() => {
    const look = () => setValues(read());
    addEventListener("record-changed", look);
    return () => removeEventListener("record-changed", look);
  }, []);
  const properties: Values = Object.fromEntries(names.map((name) => [name, values[name] ?? null]));
  const refetch = () => Promise.resolve();
  return { properties, error: null, isLoading: false, isRefetching: false, refetch };
}

function read(): Values {
  return JSON.parse(document.getElementById("properties")?.textContent ?? "{}") as Values;
}
