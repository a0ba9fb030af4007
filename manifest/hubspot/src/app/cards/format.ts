/** Turns figures and moments into the words a salesperson reads. */

/** "24 in 100 reply". */
export function formatOdds(likelihood: number): string {
  return `${Math.round(likelihood)} in 100 reply`;
}

/** "5 in 100 without outreach". */
export function formatWithout(pReturn: number): string {
  return `${Math.round(pReturn)} in 100 without outreach`;
}

/** "today", "1 day ago", "216 days ago". */
export function formatDaysAgo(days: number): string {
  if (days === 0) return "today";
  return days === 1 ? "1 day ago" : `${days.toLocaleString("en-US")} days ago`;
}

/** "Aug 27, 2026, 2:00 AM EDT", in the account's time zone, or in UTC where that is unknown. */
export function formatMoment(iso: string, timeZone: string): string {
  const moment = new Date(iso);
  try {
    return momentFormat(timeZone).format(moment);
  } catch {
    return momentFormat("UTC").format(moment);
  }
}

function momentFormat(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-US", {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "numeric",
    minute: "2-digit",
    timeZone,
    timeZoneName: "short",
  });
}
