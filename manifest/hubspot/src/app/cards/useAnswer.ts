/** Asks the backend when the card opens, when the contact or what is written to it changes, and for each press. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { Answer } from "./answer";
import { fetchCard, press, undo, type Press } from "./backend";

const SLOW_AFTER_MS = 3000;

export type Progress = "loading" | "still_loading" | Answer;

export interface Asked {
  progress: Progress;
  /** A press is on its way: nothing else may be pressed. */
  busy: boolean;
  /** Why the last press did nothing, where it did not. */
  refusal: string | null;
  retry: () => void;
  act: (what: Omit<Press, "key">) => void;
  takeBack: (actId: string) => void;
}

/** `written` is what the record says of where the contact stands; null as long as the host has not told it. */
export function useAnswer(contactId: number, written: string | null): Asked {
  const [progress, setProgress] = useState<Progress>("loading");
  const [attempt, setAttempt] = useState(0);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const shown = useRef(contactId);

  useEffect(() => {
    // An answer for a contact that is no longer on the page must not be shown.
    let current = true;
    shown.current = contactId;
    setProgress("loading");
    setRefusal(null);
    setBusy(false);
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

  const known = useRef(written);
  useEffect(() => {
    const before = known.current;
    known.current = written;
    if (before === null || written === null || before === written) return undefined;
    let current = true;
    void fetchCard(contactId).then((answer) => {
      if (current && answer.ok) setProgress(answer);
    });
    return () => {
      current = false;
    };
  }, [contactId, written]);

  const run = useCallback(
    (asked: Promise<Answer>) => {
      setBusy(true);
      setRefusal(null);
      void asked.then((answer) => {
        if (shown.current !== contactId) return;
        setBusy(false);
        if (answer.ok) setProgress(answer);
        else setRefusal(answer.error.message);
      });
    },
    [contactId],
  );

  return {
    progress,
    busy,
    refusal,
    retry: useCallback(() => setAttempt((count) => count + 1), []),
    act: useCallback((what: Omit<Press, "key">) => run(press(contactId, { ...what, key: newKey() })), [contactId, run]),
    takeBack: useCallback((actId: string) => run(undo(contactId, actId)), [contactId, run]),
  };
}

/** Names one press; it need only differ from every other of the account. */
function newKey(): string {
  const part = () => Math.random().toString(36).slice(2, 12).padEnd(10, "0");
  return `${Date.now().toString(36)}-${part()}${part()}`;
}
