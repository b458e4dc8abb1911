// Converts displayed text for spreadsheets and other programs: numbers lose their formatting, and formulas are disarmed.

/** The start of a text that a spreadsheet treats as a formula. */
const FORMULA = /^\s*[=+\-@]/;
/** A number as pages display it: it may have thousands separators, and a plus sign or a true minus sign (U+2212). */
const NUMBER = /^[+−]?\d[\d,]*(\.\d+)?$/;

/** A text that is not a number; if it looks like a formula, an apostrophe is prepended so that no program runs it. */
export const guarded = (text: string): string => (FORMULA.test(text) ? `'${text}` : text);

/** The plain value of a displayed text, on one line: "1,234" becomes 1234, "−0.5" becomes -0.5, and "–" becomes empty. */
export function plainValue(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line === "–") return "";
  return NUMBER.test(line) ? line.replace(/[+,]/g, "").replace("−", "-") : guarded(line);
}
