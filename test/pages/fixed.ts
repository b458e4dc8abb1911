// Numbers as pages write them.

/** With so many digits, a true minus sign, and none before zero. */
export const fixed = (value: number | null, digits: number) =>
  value!
    .toFixed(digits)
    .replace(/^-(?=.*[1-9])/, "−")
    .replace("-", "");
