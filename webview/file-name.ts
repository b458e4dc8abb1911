// Names of files from names of tasks and masks, which may be in any language.

/** `name` without what no system lets a file be called, "_" in its place. */
export const fileNameOf = (name: string): string => name.replace(/[\p{Cc}"*/:<>?\\|]/gu, "_");
