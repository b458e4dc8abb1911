// The divergences of a mask's attention heads, their numbers as text, and what a head opens. Pure but for translations.

import type { MaskDescription } from "../../../src/mask/describe.ts";
import type { AttentionDivergence } from "../../../src/messages/attention.ts";
import { headName } from "../../draw/layers.ts";
import * as l10n from "../../ui/l10n.ts";
import { fixed, signed } from "../../ui/numbers.ts";
import { openHead } from "../state.ts";

/** KL(softmax ‖ linear) of a head in nats. */
export interface HeadDivergence {
  readonly layer: number;
  readonly head: number;
  readonly before: number;
  readonly after: number;
}

/** By layer, the lowest first, then by head. */
export const headsOf = ({ before, after }: AttentionDivergence): HeadDivergence[] =>
  after.flatMap((own, layer) =>
    own.map((value, head) => ({ layer, head, before: before[layer]![head]!, after: value })),
  );

export const nats = (value: number): string => fixed(value, 3);

export const detailOf = (head: HeadDivergence): string =>
  l10n.t(
    "head {0}: KL(softmax ‖ linear attention) {1} nats before training, {2} after ({3})",
    ...[headName(head), nats(head.before), nats(head.after), signed(head.after - head.before, 3)],
  );

/** What opens a head's matrix, if its layer is masked. */
export function opensIn(mask: MaskDescription): (head: HeadDivergence) => (() => void) | undefined {
  return ({ layer, head }) => {
    const known = mask.heads.find((one) => one.layer === layer && one.head === head && one.kind === "all");
    return known && (() => openHead(mask, known));
  };
}
