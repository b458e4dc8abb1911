// Natural order, as in the explorer: "run2" before "run10". Independent of vscode.

import { onDemand } from "../../on-demand.ts";

/** Creating the collator takes 8 ms. */
export const inNaturalOrder = onDemand(() => new Intl.Collator(undefined, { numeric: true }).compare);
