// Whether a claim of the paper held, as a sentence of a report.

import type { ReportSection } from "../../../src/study/report/document.ts";

/** The section with what was found as its first paragraph. */
export function judged(section: ReportSection, held: boolean | null, found: string): ReportSection {
  const verdict = held === null ? "Found here" : held ? "It held here" : "It did not hold here";
  return { ...section, text: [`${verdict}: ${found}`, ...section.text] };
}
