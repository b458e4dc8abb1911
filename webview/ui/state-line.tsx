// How far something has come: a line of text, and a bar below it.

interface StateLineProps {
  /** Parts of the line; empty ones are left out. */
  readonly parts: readonly string[];
  /** Chooses the bar's colour. */
  readonly state: string;
  /** What is counted. */
  readonly label: string;
  readonly done: number;
  readonly total: number;
  /** The share of the bar that is filled, if it is not done / total. */
  readonly share?: number;
  /** Whether the bar is hidden. */
  readonly over: boolean;
}

export function StateLine({ parts, state, label, done, total, over, ...given }: StateLineProps) {
  const share = given.share ?? (total ? done / total : 0);
  return (
    <>
      <div class="state" aria-live="polite" data-state={state}>
        {parts.filter(Boolean).join(" · ")}
      </div>
      <div
        class="progress"
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={Math.max(1, total)}
        aria-valuenow={done}
        data-state={state}
        hidden={over}
      >
        <div class="fill" style={{ width: `${100 * share}%` }} />
      </div>
    </>
  );
}
