/** The words for figures and moments. */
import { expect, test } from "vitest";
import { formatDaysAgo, formatMoment, formatOdds, formatWithout } from "./format";

test.each([
  [0, "today"],
  [1, "1 day ago"],
  [2, "2 days ago"],
  [1216, "1,216 days ago"],
])("%i days is %s", (days, words) => {
  expect(formatDaysAgo(days)).toBe(words);
});

test("odds are whole people", () => {
  expect(formatOdds(23.6)).toBe("24 in 100 reply");
  expect(formatWithout(4.6)).toBe("5 in 100 without outreach");
});

test("a moment is told in the account's zone", () => {
  expect(formatMoment("2026-12-01T03:00:00Z", "US/Eastern")).toBe("Nov 30, 2026, 10:00 PM EST");
});

test("a zone nobody knows falls back to UTC, and says so", () => {
  expect(formatMoment("2026-12-01T03:00:00Z", "Mars/Olympus")).toBe("Dec 1, 2026, 3:00 AM UTC");
});
