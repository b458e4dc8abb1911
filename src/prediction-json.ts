// A prediction as a line of JSON, as `masklens predict` prints it and Try Text saves it.

interface Given {
  readonly text: string;
  readonly adaptation: string;
  readonly label: string;
  readonly probabilities: Readonly<Record<string, number>>;
  readonly evidence?:
    | {
        readonly label: string;
        readonly logOdds: number;
        readonly logOddsWithoutWords: number;
        readonly tokens: readonly object[];
        readonly deletion: object | null;
      }
    | undefined;
}

/** The format is documented in docs/command-line.md. */
export function predictionJson({ text, adaptation, label, probabilities, evidence }: Given): object {
  const found = { text, adaptation, label, probabilities };
  if (!evidence) return found;
  const { label: explained, logOdds, logOddsWithoutWords, tokens, deletion } = evidence;
  return { ...found, explained, logOdds, logOddsWithoutWords, evidence: tokens, ...(deletion && { deletion }) };
}
