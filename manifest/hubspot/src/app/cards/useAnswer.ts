/** Asks the backend when the card opens, when the contact changes and when the user tries again. */
import { useCallback, useEffect, useState } from "react";
import type { Answer } from "./answer";
import { fetchCard } from "./backend";

const SLOW_AFTER_MS = 3000;

export type Progress = "loading" | "still_loading" | Answer;

export function useAnswer(contactId: number): [Progress, () => void] {
  const [progress, setProgress] = useState<Progress>("loading");
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    // An answer for a contact that is no longer on the page must not be shown.
    let current = true;
    setProgress("loading");
    const slow = setTimeout(() => setProgress("still_loading"), SLOW_AFTER_MS);
    void fetchCard(contactId).then((answer) => {
      clearTimeout(slow);
      if (current) setProgress(answer);
    });
    return () => {
      current = false;
      clearTimeout(slow);
    };
  }, [contactId, attempt]);

  return [progress, useCallback(() => setAttempt((count) => count + 1), [])];
}
