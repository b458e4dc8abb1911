// Values for spreadsheets and programs: without what makes numbers easier to read, and without formulas.

/** What a spreadsheet reads as the start of a formula. */
const FORMULA = /^\s*[=+\-@]/;
/** A number as pages write it: with separators of thousands, a real minus sign, or a plus sign. */
const NUMBER = /^[+−]?\d[\d,]*(\.\d+)?$/;

/** A text that is no number, with an apostrophe before anything that looks like a formula, so that no program runs it. */
export const guarded = (text: string): string => (FORMULA.test(text) ? `'${text}` : text);

/** The value that a page shows as `text`, on one line: "1,234" is 1234, "−0.5" is -0.5, and "–" is empty. */
export function plainValue(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line === "–") return "";
  return NUMBER.test(line) ? line.replace(/[+,]/g, "").replace("−", "-") : guarded(line);
}
