// Numbers of a JSON file that is written again, as Python reads them: 1.0 is a float and 1 is not, and transformers refuses a
// config.json with an integer where it wants a float.

/** The text of a JSON object in which those whole numbers have a decimal point that are written as floats in `before`, under the same keys. */
export function withDecimals(before: string, value: object): string {
  const floats = new Set<string>();
  for (const [, key, number] of before.matchAll(/"((?:[^"\\]|\\.)*)"\s*:\s*(-?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)/g))
    if (/[.eE]/.test(number!)) floats.add(`${key} ${Number(number)}`);
  return JSON.stringify(value, null, 2).replaceAll(
    /^(\s*"((?:[^"\\]|\\.)*)": (-?\d+))(,?)$/gm,
    (line: string, start: string, key: string, number: string, comma: string) =>
      floats.has(`${key} ${Number(number)}`) ? `${start}.0${comma}` : line,
  );
}
